import { compactVerify, createLocalJWKSet } from "jose";
import type { RegistryKey } from "../sdk.ts";

export interface SignedHead {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

/** The head that a registry signed; undefined when none of its keys made this signature. */
export async function openSignedHead(text: string, keys: readonly RegistryKey[]): Promise<SignedHead | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(text, createLocalJWKSet({ keys: [...keys] as never }), {
      algorithms: ["EdDSA"],
    });
    if (protectedHeader.typ !== "audit-head+jwt") return undefined;
    return JSON.parse(new TextDecoder().decode(payload)) as SignedHead;
  } catch {
    return undefined;
  }
}
