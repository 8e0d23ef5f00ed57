import { testOperator } from "../../harness/registry-process.ts";
import { until } from "../../harness/until.ts";
import type { Api, Credential } from "./api.ts";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly state: string;
}

/** A session of the operator that the test's registry was started with. */
export async function operatorSession(api: Api): Promise<Credential> {
  const { token } = await api.read<{ token: string }>("POST", "/api/v1/auth/sign-in", { json: testOperator });
  return { bearer: token };
}

/** The newest mails to an address as the operator reads them, newest first. */
export async function mailsTo(api: Api, operator: Credential, address: string): Promise<Mail[]> {
  const { mails } = await api.read<{ mails: Mail[] }>("GET", "/api/v1/admin/outbox", { as: operator });
  return mails.filter(({ to }) => to === address);
}

/** Waits for a mail to the address whose subject says this, and returns it. */
export function mail(api: Api, operator: Credential, address: string, about: string): Promise<Mail> {
  return until(`a mail to ${address} about ${about}`, async () =>
    (await mailsTo(api, operator, address)).find((one) => one.subject.includes(about) && one.state === "kept"),
  );
}

/** The token that a mail carries. */
export function tokenIn({ text }: Mail): string {
  const token = /gati_[a-z]{2}_\w+/.exec(text)?.[0];
  if (!token) throw new Error("the mail carries no token");
  return token;
}
