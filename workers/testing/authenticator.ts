import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";

/**
 * A software authenticator with the browser around it: real keys, attestations and assertions (WebAuthn Level 3, sections 6
 * and 7), so that tests go through the real verifier. What a test overrides is what an attacker would lie about.
 */
export interface Lies {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly userVerified?: boolean;
  readonly userPresent?: boolean;
  readonly counter?: number;
  readonly userHandle?: string | undefined;
  readonly crossOrigin?: boolean;
  /** COSE algorithm that the key claims to be for. */
  readonly algorithm?: number;
  /** Signs with another key. */
  readonly key?: CryptoKey;
}

interface Options {
  readonly challenge: string;
  readonly [name: string]: unknown;
}

type Cbor = number | string | Uint8Array | ReadonlyMap<number | string, Cbor>;

const text = (value: string) => new TextEncoder().encode(value);
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
const sha256 = async (bytes: Uint8Array) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const joined = (...parts: (Uint8Array | readonly number[])[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

/** A head of CBOR (RFC 8949, section 3): major type and argument. */
function head(major: number, value: number): number[] {
  if (value < 24) return [(major << 5) | value];
  if (value < 256) return [(major << 5) | 24, value];
  return [(major << 5) | 25, value >> 8, value & 255];
}

function cbor(value: Cbor): Uint8Array {
  if (typeof value === "number") return Uint8Array.from(value < 0 ? head(1, -1 - value) : head(0, value));
  if (typeof value === "string") return joined(head(3, text(value).length), text(value));
  if (value instanceof Uint8Array) return joined(head(2, value.length), value);
  return joined(head(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)]));
}

/** ECDSA signatures travel as ASN.1 in WebAuthn, and as two numbers in WebCrypto. */
function asn1(signature: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    const trimmed = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
    const positive = (trimmed[0] ?? 0) >= 128 ? joined([0], trimmed) : trimmed;
    return joined([2, positive.length], positive);
  };
  const content = joined(integer(signature.subarray(0, 32)), integer(signature.subarray(32)));
  return joined([48, content.length], content);
}

export class Authenticator {
  readonly credentialId = crypto.getRandomValues(new Uint8Array(32));
  readonly #origin: string;
  readonly #keys: CryptoKeyPair;
  userHandle = "";
  counter = 0;

  private constructor(origin: string, keys: CryptoKeyPair) {
    this.#origin = origin;
    this.#keys = keys;
  }

  static async make(origin: string): Promise<Authenticator> {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    return new Authenticator(origin, keys as CryptoKeyPair);
  }

  get id(): string {
    return base64url(this.credentialId);
  }

  get privateKey(): CryptoKey {
    return this.#keys.privateKey;
  }

  #clientData(type: string, challenge: string, lies: Lies): Uint8Array {
    return text(
      JSON.stringify({
        type: lies.type ?? type,
        challenge: lies.challenge ?? challenge,
        origin: lies.origin ?? this.#origin,
        crossOrigin: lies.crossOrigin ?? false,
      }),
    );
  }

  async #authData(attested: Uint8Array | undefined, lies: Lies): Promise<Uint8Array> {
    const flags =
      (lies.userPresent === false ? 0 : 1) | (lies.userVerified === false ? 0 : 4) | (attested === undefined ? 0 : 64);
    const counter = lies.counter ?? this.counter;
    const rpId = lies.rpId ?? new URL(this.#origin).hostname;
    const count = [counter >>> 24, (counter >> 16) & 255, (counter >> 8) & 255, counter & 255];
    return joined(await sha256(text(rpId)), [flags], count, attested ?? []);
  }

  /** What `navigator.credentials.create` answers. */
  async create(options: Options, lies: Lies = {}): Promise<RegistrationResponseJSON> {
    this.userHandle = (options["user"] as { id: string }).id;
    const jwk = (await crypto.subtle.exportKey("jwk", this.#keys.publicKey)) as JsonWebKey;
    const coordinate = (value: string | undefined) => new Uint8Array(Buffer.from(value ?? "", "base64url"));
    const key = new Map<number, Cbor>([
      [1, 2],
      [3, lies.algorithm ?? -7],
      [-1, 1],
      [-2, coordinate(jwk.x)],
      [-3, coordinate(jwk.y)],
    ]);
    const length = [this.credentialId.length >> 8, this.credentialId.length & 255];
    const attested = joined(new Uint8Array(16), length, this.credentialId, cbor(key));
    const attestation = new Map<string, Cbor>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", await this.#authData(attested, lies)],
    ]);
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      response: {
        clientDataJSON: base64url(this.#clientData("webauthn.create", options.challenge, lies)),
        attestationObject: base64url(cbor(attestation)),
        transports: ["internal"],
      },
      clientExtensionResults: {},
    };
  }

  /** What `navigator.credentials.get` answers. Counts, as authenticators do. */
  async get(options: Options, lies: Lies = {}): Promise<AuthenticationResponseJSON> {
    if (lies.counter === undefined) this.counter++;
    const authData = await this.#authData(undefined, lies);
    const clientData = this.#clientData("webauthn.get", options.challenge, lies);
    const signed = joined(authData, await sha256(clientData));
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(algorithm, lies.key ?? this.#keys.privateKey, signed);
    const userHandle = "userHandle" in lies ? lies.userHandle : this.userHandle;
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(asn1(new Uint8Array(signature))),
        ...(userHandle === undefined ? {} : { userHandle }),
      },
      clientExtensionResults: {},
    };
  }
}
