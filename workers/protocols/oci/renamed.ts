import { Hono } from "hono";
import { renamedAddress, renamedHeader } from "../../http/renamed.ts";
import { requestLog } from "../../http/request-log.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";

const reads = /^\/v2\/((?:users|orgs)\/[^/]+\/[^/]+)\/(?:manifests|blobs|tags|referrers)\//;

/**
 * The answer to a read under the name that a repository had before: what the new one has. No redirect, because clients
 * follow none for manifests; a header says what the repository is called. Undefined when there is no such repository.
 * `oci` is the surface that answers.
 */
export async function answeredUnderNewName(
  c: SurfaceContext,
  error: unknown,
  oci: Hono<SurfaceEnv>,
): Promise<Response | undefined> {
  const renamed = await renamedAddress(c, error, reads);
  if (!renamed) return undefined;
  const surface = new Hono<SurfaceEnv>().use(requestLog).route("/v2/", oci);
  const { method, headers } = c.req.raw;
  const response = await surface.fetch(new Request(renamed.address, { method, headers }), c.env, c.executionCtx);
  const answer = new Response(response.body, response);
  answer.headers.set(renamedHeader, renamed.parts.repository);
  return answer;
}
