import { RegistryError } from "../../../core/errors.ts";
import type { Settings } from "../../env.ts";

/** The site that passkeys belong to (WebAuthn Level 3, section 4, "Relying Party Identifier"). */
export interface Site {
  readonly origin: string;
  /** Host name of the origin. */
  readonly id: string;
}

/**
 * The site that the operator names (GATI_PUBLIC_URL) or, without that, the one of this machine: never the host that a
 * request claims. `origin` is where the request arrived.
 * Errors: `unsupported` where passkeys cannot work.
 */
export function relyingParty({ publicOrigin }: Pick<Settings, "publicOrigin">, origin: string): Site {
  const named = publicOrigin ?? origin;
  const { hostname, protocol } = new URL(named);
  const local = hostname === "localhost";
  if (local || (publicOrigin !== undefined && protocol === "https:" && !/^[\d.]+$|^\[/.test(hostname))) {
    return { origin: named, id: hostname };
  }
  throw new RegistryError("unsupported", "Passkeys need a registry with a name of its own.", {
    suggestions: [
      "On this machine, open http://localhost with the registry's port instead of an address of numbers.",
      "Operators: set GATI_PUBLIC_URL to the https address under which people reach the registry.",
    ],
  });
}
