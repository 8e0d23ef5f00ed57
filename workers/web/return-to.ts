const longest = 1000;
/** Never part of an address that we wrote: browsers read a backslash as a slash, and drop control characters. */
const odd = /[\p{Cc}\\]/u;
/** Only to resolve against: no answer ever leads there. */
const here = "https://here.invalid";

/**
 * Where a browser goes on after a sign-in: a path of this registry with its query, whatever was asked for. Everything that
 * could lead elsewhere becomes `otherwise`.
 */
export function returnTo(text: string | undefined | null, otherwise = "/account"): string {
  if (!text || text.length > longest || odd.test(text) || !/^\/(?!\/)/.test(text)) return otherwise;
  if (!URL.canParse(text, here)) return otherwise;
  const url = new URL(text, here);
  const path = `${url.pathname}${url.search}`;
  // What the parser made of it must not begin like another host either: `/.//evil.example` would.
  return url.origin === here && !path.startsWith("//") ? path : otherwise;
}
