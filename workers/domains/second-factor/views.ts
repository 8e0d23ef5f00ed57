import type { FactorStatus } from "./manage-factors.ts";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "./passkey-ceremony.ts";
import type { PasskeyRecord } from "./passkey-store.ts";
import { answerOf, type FactorAnswer } from "./prove-factor.ts";
import { relyingParty } from "./relying-party.ts";
import type { Settings } from "../../env.ts";

export const passkeyView = ({ id, name, createdAt, lastUsedAt, synced }: PasskeyRecord) => ({
  id,
  name,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
  synced,
});

export const statusView = ({ level, methods, appSince, passkeys, recoveryCodesLeft }: FactorStatus) => ({
  level,
  methods: [...methods],
  app: appSince && { since: appSince.toISOString() },
  passkeys: passkeys.map(passkeyView),
  recoveryCodesLeft,
});

interface GivenAnswer {
  readonly code?: string | undefined;
  readonly passkey?: unknown;
}

/** The answer of a request's body, of which a schema has checked that it is exactly one. */
export function givenAnswer(
  { code, passkey }: GivenAnswer,
  at: { readonly settings: Settings; readonly origin: string; readonly challenge: (clientData: string) => string },
): FactorAnswer {
  if (code !== undefined) return answerOf(code);
  const response = passkey as AuthenticationResponseJSON;
  const site = relyingParty(at.settings, at.origin);
  return {
    kind: "passkey",
    assertion: { site, challenge: at.challenge(response.response.clientDataJSON), response },
  };
}

export const asRegistration = (given: unknown) => given as RegistrationResponseJSON;
export const asAssertion = (given: unknown) => given as AuthenticationResponseJSON;
