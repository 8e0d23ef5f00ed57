import passkeys from "./passkeys.js.txt";
import { fingerprint } from "./stylesheet.ts";

/** Address of the script that uses passkeys; it names the content, so caches may keep it for good. */
export const passkeyScriptPath = `/assets/passkeys.${fingerprint(passkeys)}.js`;

export function passkeyScript(): Response {
  return new Response(passkeys, {
    headers: {
      "Content-Type": "text/javascript; charset=utf-8",
      "Cache-Control": "public, max-age=31536000, immutable",
    },
  });
}
