import { parseNamespacePath } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { reaches } from "./actor.ts";
import { requireScope } from "./require-user.ts";
import { memberships } from "./store.ts";

/** Describes the caller, the credential in use and the namespaces it reaches. Needs the scope `read`. */
export async function whoAmI(ctx: Context) {
  const user = requireScope(ctx.actor, "read");
  const { userId, handle, operator, scopes, credential, reach, networks, publisher } = user;
  const namespaces = await memberships(ctx.db, userId);
  return {
    user: { id: userId, handle, operator },
    credential: {
      kind: credential.kind,
      scopes: [...scopes],
      ...(credential.kind === "api-key" ? { id: credential.id, name: credential.name } : {}),
      expiresAt: "expiresAt" in credential ? (credential.expiresAt?.toISOString() ?? null) : null,
      reach: reach ? [...reach] : null,
      networks: networks ? [...networks] : null,
    },
    ...(publisher ? { publisher } : {}),
    namespaces: namespaces.filter(({ namespace }) => reaches(user, parseNamespacePath(namespace).namespace)),
  };
}
