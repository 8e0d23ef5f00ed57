import type { RegistryError } from "../../../core/errors.ts";
import { settingsOf } from "../../env.ts";
import { originOf } from "../../http/origin.ts";
import type { SurfaceContext } from "../../http/surface.ts";

const quoted = (text: string) => `"${text.replace(/["\\]/g, "")}"`;

/** Actions that a request needs, so that the client asks for a token that is good enough at once. */
function neededScope(c: SurfaceContext): string | undefined {
  const name = c.req.param("name");
  if (!name) return c.req.path.endsWith("/_catalog") ? "registry:catalog:*" : undefined;
  const reading = c.req.method === "GET" || c.req.method === "HEAD";
  const upload = c.req.path.includes("/blobs/uploads/");
  const deleting = c.req.method === "DELETE" && !upload;
  const target = `repository:${name}:${reading && !upload ? "pull" : deleting ? "pull,delete" : "pull,push"}`;
  const from = c.req.query("from");
  return from && c.req.query("mount") ? `${target} repository:${from}:pull` : target;
}

/**
 * The Bearer challenge of the distribution project's token specification. The realm is on the very host that the
 * client used: some clients refuse any other.
 */
export function challenge(c: SurfaceContext, error?: RegistryError): string {
  const scope = neededScope(c);
  const parts = [`realm=${quoted(`${originOf(c)}/v2/token`)}`, `service=${quoted(settingsOf(c.env).service)}`];
  if (scope) parts.push(`scope=${quoted(scope)}`);
  if (error?.code === "insufficient_scope") parts.push('error="insufficient_scope"');
  else if (error && c.req.header("authorization")) parts.push('error="invalid_token"');
  return `Bearer ${parts.join(",")}`;
}
