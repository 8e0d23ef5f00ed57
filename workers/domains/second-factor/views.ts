import type { z } from "zod";
import { RegistryError } from "../../../core/errors.ts";
import { assertionResponse, registrationResponse } from "./schemas.ts";
import type { FactorStatus } from "./manage-factors.ts";
import { type AuthenticationResponseJSON, type RegistrationResponseJSON, signedChallenge } from "./passkey-ceremony.ts";
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

function read<T>(schema: z.ZodType, text: string): T {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data as T;
  throw new RegistryError("invalid_request", "The browser's answer cannot be read.", {
    suggestions: ["Reload the page and try it again."],
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a browser answers, from a form. Errors: `invalid_request`. */
export const readAssertion = (text: string): AuthenticationResponseJSON => read(assertionResponse, text);
export const readRegistration = (text: string): RegistrationResponseJSON => read(registrationResponse, text);

/** An assertion of a form as an answer: to the challenge that it signed, or to the one that it has to have signed. */
export function passkeyAnswer(
  { settings }: { readonly settings: Settings },
  origin: string,
  text: string,
  challenge?: string,
): FactorAnswer {
  return givenAnswer(
    { passkey: readAssertion(text) },
    { settings, origin, challenge: challenge === undefined ? signedChallenge : () => challenge },
  );
}

export const asRegistration = (given: unknown) => given as RegistrationResponseJSON;
export const asAssertion = (given: unknown) => given as AuthenticationResponseJSON;
