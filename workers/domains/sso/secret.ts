import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { isSealedByOldKey, seal, unseal } from "../second-factor/index.ts";
import { type FoundSso, resealSecret } from "./store.ts";

/** Binds a sealed secret to its organisation and issuer: a row's secret goes nowhere else. */
const labelOf = ({ namespaceId, issuer }: Pick<FoundSso, "namespaceId" | "issuer">) => `sso ${namespaceId} ${issuer}`;

export const sealSecret = ({ settings }: Context, of: Pick<FoundSso, "namespaceId" | "issuer">, secret: string) =>
  seal(settings, labelOf(of), new TextEncoder().encode(secret));

/** The client secret. Errors: `unavailable` when no key of this registry opens it. */
export async function openSecret(ctx: Context, sso: FoundSso): Promise<string | undefined> {
  const { secret, namespaceId } = sso;
  if (secret === null) return undefined;
  try {
    const text = new TextDecoder().decode(await unseal(ctx.settings, labelOf(sso), secret));
    if (await isSealedByOldKey(ctx.settings, secret)) {
      ctx.afterwards(sealSecret(ctx, sso, text).then((sealed) => resealSecret(ctx.db, namespaceId, secret, sealed)));
    }
    return text;
  } catch (cause) {
    throw new RegistryError("unavailable", "The client secret of the organisation's sign-in cannot be read.", {
      cause,
      suggestions: [
        "An owner sets it again: gati org sso set.",
        "Operators: the registry's key was changed; name the one before in GATI_SEAL_KEYS.",
      ],
    });
  }
}
