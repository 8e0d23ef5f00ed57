import type { Context } from "../../context.ts";
import { requireUser } from "./require-user.ts";
import { memberships } from "./store.ts";

/** Describes the caller, the credential in use and the namespaces it reaches. Needs the scope `read`. */
export async function whoAmI(ctx: Context) {
  const { userId, handle, operator, scopes, credential } = requireUser(ctx.actor, "read");
  return {
    user: { id: userId, handle, operator },
    credential: {
      kind: credential.kind,
      scopes: [...scopes],
      ...(credential.kind === "api-key" ? { id: credential.id, name: credential.name } : {}),
      expiresAt: "expiresAt" in credential ? (credential.expiresAt?.toISOString() ?? null) : null,
    },
    namespaces: await memberships(ctx.db, userId),
  };
}
