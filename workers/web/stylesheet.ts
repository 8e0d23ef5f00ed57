import css from "./site.css";

/** A short fingerprint of the text (FNV-1a): only has to change when the stylesheet does. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** Address of the stylesheet; it names the content, so caches may keep it for good. */
export const stylesheetPath = `/assets/site.${fingerprint(css)}.css`;

export function stylesheet(): Response {
  return new Response(css, {
    headers: { "Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable" },
  });
}
