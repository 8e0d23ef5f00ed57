import { RegistryError } from "../../../core/errors.ts";
import type { JsonValue } from "../../../core/manifests/json.ts";
import type { Context } from "../../context.ts";
import { assertTaken } from "../../limits/index.ts";
import { auditNote, type AuditNote } from "../audit/index.ts";
import { isSecret, secretHash } from "../auth/index.ts";
import { findScimToken, type FoundSso, touchScimToken } from "./store.ts";

/** A token's last use is written at most this often, in milliseconds. */
const touchResolution = 60 * 60 * 1000;

/** The directory of one organisation, as its token has proved it. */
export interface Directory {
  readonly sso: FoundSso;
  readonly tokenId: string;
}

const refused = () =>
  new RegistryError("unauthenticated", "The token is missing, wrong or revoked, or belongs to another organisation.", {
    suggestions: ["An owner of the organisation makes one: gati org scim-token create <org>."],
  });

/**
 * Opens the directory of an organisation to whoever has a token of it. Without one, organisations that are private,
 * public or missing answer the same. Errors: `unauthenticated`, `rate_limited`.
 */
export async function openDirectory(ctx: Context, handle: string, token: string | undefined): Promise<Directory> {
  const { limiter, address } = ctx;
  if (address !== undefined) assertTaken(limiter.takeHere("credential", address, 0), 1);
  const known = token !== undefined && isSecret("scim-token", token) ? await secretHash(token) : undefined;
  const found = known === undefined ? undefined : await findScimToken(ctx.db, known);
  if (!found || found.sso.handle !== handle) {
    if (address !== undefined) limiter.takeHere("credential", address);
    throw refused();
  }
  const now = ctx.now();
  const { id, lastUsedAt } = found.token;
  if (!lastUsedAt || now - lastUsedAt.getTime() > touchResolution) {
    ctx.afterwards(touchScimToken(ctx.db, id, new Date(now)));
  }
  return { sso: found.sso, tokenId: id };
}

/** What the audit log says of a change that the directory makes. */
export function directoryNote(
  ctx: Context,
  { sso, tokenId }: Directory,
  action: string,
  target: string,
  details: Readonly<Record<string, JsonValue>> = {},
): AuditNote {
  const by = { kind: "directory", id: tokenId } as const;
  return auditNote(ctx, { namespaceId: sso.namespaceId }, action, target, details, by);
}
