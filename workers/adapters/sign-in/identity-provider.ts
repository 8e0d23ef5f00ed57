/** What a provider vouches for. */
export interface ProvidedIdentity {
  /** Together with `subject` the name that never changes; everything else is only shown. */
  readonly issuer: string;
  readonly subject: string;
  /** What the person is called there: a login or a name, not unique, not checked. */
  readonly name: string | undefined;
  /** Only an address that the provider has verified. */
  readonly email: string | undefined;
  /** Entra ID's name of an account in its tenant, the same for every client (the claim `oid`). */
  readonly objectId?: string | undefined;
}

/** What one attempt to sign in is held together by. All of it but the address is secret until the provider answers. */
export interface Attempt {
  /** Where the provider sends the browser back to, exactly as it is registered there. */
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
}

/**
 * The port to somebody with whom people sign in. Every adapter passes `tests/contracts/identity-provider.ts`.
 * Both calls throw `SignInRefused` or `ProviderFailure` and nothing else.
 */
export interface IdentityProvider {
  /** The address that the browser is sent to. */
  begin(attempt: Attempt): Promise<URL>;
  /** Takes the parameters with which the browser came back, and asks the provider who that was. */
  finish(attempt: Attempt, parameters: URLSearchParams): Promise<ProvidedIdentity>;
}

/** The answer is not good: the person declined, or something about it is wrong. Trying again from the start may help. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
  /** True when the person, or the provider in their name, said no. */
  readonly declined: boolean;

  constructor(message: string, options: ErrorOptions & { declined?: boolean } = {}) {
    super(message, options);
    this.declined = options.declined ?? false;
  }
}

/** The provider does not answer as it should. */
export class ProviderFailure extends Error {
  override readonly name = "ProviderFailure";
}
