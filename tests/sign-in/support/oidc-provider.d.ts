/** What the tests use of the package; it comes without types. */
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  export class Provider {
    constructor(
      issuer: string,
      configuration: {
        readonly findAccount: (
          context: unknown,
          id: string,
        ) => { accountId: string; claims(): Readonly<Record<string, unknown>> };
        readonly [setting: string]: unknown;
      },
    );
    callback(): RequestListener;
  }
}
