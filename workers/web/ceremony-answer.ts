import { toRegistryError } from "../http/errors.ts";
import { statusOf } from "../http/status.ts";
import type { SurfaceContext } from "../http/surface.ts";

/** Answers the script of a page: options for the browser, or a sentence for the person. */
export async function ceremonyAnswer(c: SurfaceContext, work: () => Promise<object>): Promise<Response> {
  try {
    return c.json(await work(), 200);
  } catch (thrown) {
    const error = toRegistryError(c, thrown);
    return c.json({ error: [error.message, ...error.suggestions.slice(0, 1)].join(" ") }, statusOf[error.code]);
  }
}
