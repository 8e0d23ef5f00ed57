import { createHmac, timingSafeEqual } from "node:crypto";
import { type DigestAlgorithm, isDigestAlgorithm } from "../../../core/digests.ts";
import type { Settings } from "../../env.ts";
import type { UploadClaim } from "../../objects/upload-session/index.ts";

/** How long an upload that nobody has touched can be begun, in milliseconds. */
const lifetime = 24 * 60 * 60 * 1000;

/** An upload as its address names it. */
export interface UploadReference {
  /** UUID. */
  readonly id: string;
  /** What `sealOpening` made; undefined once the upload has taken bytes. */
  readonly opening?: string | undefined;
}

type Opener = Pick<UploadClaim, "repository" | "userId">;

function macOf(settings: Settings, id: string, opener: Opener, facts: string): Buffer {
  const text = JSON.stringify(["upload", id, opener.repository, opener.userId, facts]);
  return createHmac("sha256", settings.tokenKey.d).update(text).digest();
}

/**
 * Says that this user may begin this upload in this repository, in a form that only the registry can make. Beginning
 * an upload stores nothing: most small blobs arrive in the next request and need no session at all.
 */
export function sealOpening(
  settings: Settings,
  id: string,
  opener: Opener,
  algorithm: DigestAlgorithm,
  now: number,
): string {
  const facts = `${now.toString(36)}-${algorithm}`;
  return `${facts}-${macOf(settings, id, opener, facts).toString("base64url")}`;
}

/** What an opening says; undefined when it is not of this upload, repository and user, or too old. */
export function readOpening(
  settings: Settings,
  { id, opening }: UploadReference,
  opener: Opener,
  now: number,
): UploadClaim["opening"] {
  const [, at = "", algorithm = "", mac = ""] = /^([0-9a-z]{1,11})-([a-z0-9]+)-([\w-]{43})$/.exec(opening ?? "") ?? [];
  if (!isDigestAlgorithm(algorithm)) return undefined;
  const given = Buffer.from(mac, "base64url");
  const expected = macOf(settings, id, opener, `${at}-${algorithm}`);
  if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return undefined;
  return now - Number.parseInt(at, 36) < lifetime ? { id, algorithm } : undefined;
}
