import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import type { PasskeyRecord } from "./passkey-store.ts";
import type { Site } from "./relying-party.ts";

export type { AuthenticationResponseJSON, RegistrationResponseJSON };

/** Options for the browser, as JSON takes them: what is undefined is left out. */
export type CeremonyOptions = Record<string, unknown> & { readonly challenge: string };

const plain = (options: { challenge: string }): CeremonyOptions =>
  JSON.parse(JSON.stringify(options)) as CeremonyOptions;

/** Loaded when the first passkey is asked for: it is the heaviest part of the Worker, and most isolates never need it. */
const library = () => import("@simplewebauthn/server");
const helpers = () => import("@simplewebauthn/server/helpers");

/** ES256, EdDSA and RS256 (COSE) with their types of keys: what authenticators have. Nothing else is registered. */
const keyTypes: ReadonlyMap<unknown, number> = new Map([
  [-7, 2],
  [-8, 1],
  [-257, 3],
]);
const algorithms = [-7, -8, -257];
/** Milliseconds that a browser waits for its user. */
const timeout = 5 * 60 * 1000;

const base64url = (text: string) => Buffer.from(text).toString("base64url");

/** User handle of an account (WebAuthn): its id, which says nothing about the person. */
export const userHandleOf = (userId: string): string => base64url(userId);

/** Options for `navigator.credentials.create`. */
export async function creationOptions(
  site: Site,
  account: { readonly service: string; readonly id: string; readonly handle: string },
  challenge: string,
  existing: readonly PasskeyRecord[],
): Promise<CeremonyOptions> {
  const { generateRegistrationOptions } = await library();
  const options = await generateRegistrationOptions({
    rpName: account.service,
    rpID: site.id,
    userID: new Uint8Array(Buffer.from(account.id)),
    userName: account.handle,
    userDisplayName: account.handle,
    challenge,
    timeout,
    attestationType: "none",
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    supportedAlgorithmIDs: algorithms,
    excludeCredentials: existing.map(descriptor),
  });
  return plain(options);
}

const descriptor = ({ credentialId, transports }: PasskeyRecord) => ({
  id: credentialId,
  transports: transports as AuthenticatorTransport[],
});

/** Options for `navigator.credentials.get`; without `allowed` the browser offers what it has for the site. */
export async function requestOptions(
  site: Site,
  challenge: string,
  allowed: readonly PasskeyRecord[] | undefined,
): Promise<CeremonyOptions> {
  const { generateAuthenticationOptions } = await library();
  const options = await generateAuthenticationOptions({
    rpID: site.id,
    challenge,
    timeout,
    userVerification: allowed ? "preferred" : "required",
    ...(allowed ? { allowCredentials: allowed.map(descriptor) } : {}),
  });
  return plain(options);
}

/** What the browser says that it signed; empty when it says nothing that can be read. */
function clientData(text: string): { challenge?: unknown; crossOrigin?: unknown } {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as object;
  } catch {
    return {};
  }
}

/** The challenge that a browser signed, as it was given out; empty when there is none. */
export function signedChallenge(text: string): string {
  const { challenge } = clientData(text) ?? {};
  return typeof challenge === "string" ? Buffer.from(challenge, "base64url").toString("utf8") : "";
}

/** The library lets frames of other sites through when their browser does not say which site that is. */
function assertOwnPage(text: string): void {
  if (clientData(text)?.crossOrigin === true) throw new Error("the page was inside of another site's");
}

/** What a registration proves (WebAuthn Level 3, section 7.1). Throws the library's error when it proves nothing. */
export async function verifyCreation(site: Site, challenge: string, response: RegistrationResponseJSON) {
  assertOwnPage(response.response.clientDataJSON);
  const { verifyRegistrationResponse } = await library();
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: base64url(challenge),
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: false,
    supportedAlgorithmIDs: algorithms,
  });
  if (!verified || !registrationInfo) throw new Error("the attestation does not verify");
  const { credential, credentialDeviceType } = registrationInfo;
  await assertKeyFits(credential.publicKey);
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    counter: credential.counter,
    transports: (credential.transports ?? []).slice(0, 10),
    synced: credentialDeviceType === "multiDevice",
  };
}

/** A key has the type that its algorithm asks for (RFC 9053): what it says of itself decides how it is used. */
async function assertKeyFits(publicKey: Uint8Array<ArrayBuffer>): Promise<void> {
  const { decodeCredentialPublicKey } = await helpers();
  const key = decodeCredentialPublicKey(publicKey) as unknown as ReadonlyMap<number, unknown>;
  const [type, algorithm] = [key.get(1), key.get(3)];
  if (keyTypes.get(algorithm) !== type) throw new Error(`a key of the type ${type} is not for ${algorithm}`);
}

/**
 * The signature counter after an assertion that proves the passkey (WebAuthn Level 3, section 7.2), and, with `verified`,
 * who holds it. Throws the library's error when it proves nothing, also when the counter went backwards.
 */
export async function verifyAssertion(
  site: Site,
  challenge: string,
  response: AuthenticationResponseJSON,
  passkey: PasskeyRecord,
  verified: boolean,
): Promise<number> {
  const { userHandle } = response.response;
  if (userHandle !== undefined && userHandle !== "" && userHandle !== userHandleOf(passkey.userId)) {
    throw new Error("the passkey names another user");
  }
  assertOwnPage(response.response.clientDataJSON);
  const { verifyAuthenticationResponse } = await library();
  const result = await verifyAuthenticationResponse({
    response,
    expectedChallenge: base64url(challenge),
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: verified,
    credential: {
      id: passkey.credentialId,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
      counter: passkey.counter,
    },
  });
  if (!result.verified) throw new Error("the signature does not verify");
  return result.authenticationInfo.newCounter;
}
