import type { CommandContext } from "./context.ts";
import { ApiError } from "./sdk.ts";
import type { StoredLogin } from "./settings/credentials.ts";

/**
 * Revokes the key that `gati login` made, with that key itself: any key may end itself, whatever its scopes. True when
 * it is gone, also when it was gone before; false for a key that was made elsewhere, which is not ours to revoke.
 */
export async function revokeKey(context: CommandContext, { key, keyId }: StoredLogin): Promise<boolean> {
  if (keyId === undefined) return false;
  try {
    await context.clientWith(key).auth.deleteKey(keyId);
    return true;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 404)) return true;
    throw error;
  }
}
