import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OldKey } from "./rotate-key.ts";
import { StartError, systemCode } from "./start-error.ts";

/** The operator account of a first start, kept until that start is complete so that a crash cannot lose the password. */
export interface PendingOperator {
  readonly handle: string;
  readonly password: string;
  /** True when the password was made up here and still has to be shown. */
  readonly generated: boolean;
}

export interface Secrets {
  /** Private Ed25519 JWK as JSON text. */
  readonly tokenKey: string;
  /** Keys that signed before: public parts, newest first. */
  readonly oldTokenKeys?: readonly OldKey[];
  /** Seal what the registry must read again: the first seals, all open. Absent until the token key is first changed: it is that. */
  readonly sealKeys?: readonly string[];
  readonly setupToken: string;
  readonly pendingOperator?: PendingOperator;
  /** True once the first start is complete. */
  readonly bootstrapped: boolean;
}

/** Makes the private key that signs tokens: an Ed25519 JWK as JSON text, with its key id. */
export async function generateTokenKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { kty, crv, d, x } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return JSON.stringify({ kty, crv, alg: "EdDSA", use: "sig", kid: crypto.randomUUID(), d, x });
}

/** Random text of `bytes` × 8 bits, safe in headers and shells. */
export function randomText(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}

function isSecrets(value: unknown): value is Secrets {
  return (
    typeof value === "object" &&
    value !== null &&
    "tokenKey" in value &&
    typeof value.tokenKey === "string" &&
    "setupToken" in value &&
    typeof value.setupToken === "string" &&
    "bootstrapped" in value &&
    typeof value.bootstrapped === "boolean" &&
    (!("oldTokenKeys" in value) || Array.isArray(value.oldTokenKeys)) &&
    (!("sealKeys" in value) || Array.isArray(value.sealKeys))
  );
}

/** Replaces the file in one step: a crash leaves the old one or the new one. */
export function saveSecrets(dataFolder: string, secrets: Secrets): void {
  const path = join(dataFolder, "secrets.json");
  writeFileSync(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** Reads the secrets of a data folder, making them on its first use. Throws `StartError` when the file is damaged. */
export async function loadSecrets(dataFolder: string): Promise<Secrets> {
  const path = join(dataFolder, "secrets.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw new StartError(`${path} cannot be read (${systemCode(error)}).`);
    const secrets = { tokenKey: await generateTokenKey(), setupToken: randomText(32), bootstrapped: false };
    saveSecrets(dataFolder, secrets);
    return secrets;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isSecrets(value)) return value;
  } catch {
    // Reported below: a syntax error and a wrong shape are the same to the reader.
  }
  throw new StartError(`${path} is damaged; restore it from a backup, or move it away to get new secrets.`);
}
