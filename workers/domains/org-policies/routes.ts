import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { clearPolicy, readPolicy, setPolicy } from "./manage-policy.ts";

const tags = ["organisations"];
const path = "/orgs/{handle}/policy";
const params = z.object({ handle: z.string() });
const texts = z.array(z.string().trim().min(1).max(200)).min(1).max(100).nullable();
/** A field that is not known is refused: a demand that nobody enforces must not look as if it were. */
const policy = z
  .strictObject({
    secondFactor: z.boolean().openapi({ description: "Roles count only for accounts with a confirmed second factor" }),
    signIn: texts.openapi({ description: "Ways of signing in that count; null: all" }),
    networks: texts.openapi({ description: "CIDR networks from which roles count; null: everywhere" }),
    licences: texts.openapi({ description: "SPDX identifiers that versions may be licensed under; null: all" }),
    approval: z.boolean().openapi({ description: "New content waits until a second person releases it" }),
  })
  .openapi("OrgPolicy");
const answer = json(
  z.object({ policy, set: z.object({ updatedBy: z.string(), updatedAt: z.string() }).nullable() }),
  "The policy",
);

const routes = {
  read: createRoute({
    method: "get",
    path,
    tags,
    summary: "What an organisation demands (role read)",
    security: signedIn,
    request: { params },
    responses: { 200: answer, ...problemResponse },
  }),
  set: createRoute({
    method: "put",
    path,
    tags,
    summary: "Set what an organisation demands, as a whole (role owner)",
    security: signedIn,
    request: { params, body: jsonBody(policy) },
    responses: { 200: json(z.object({ policy }), "The policy as it is kept"), ...problemResponse },
  }),
  clear: createRoute({
    method: "delete",
    path,
    tags,
    summary: "Take all demands away (role owner, or an operator)",
    security: signedIn,
    request: { params },
    responses: { 204: { description: "No demands" }, ...problemResponse },
  }),
};

const plain = ({ signIn, networks, licences, ...rest }: Awaited<ReturnType<typeof setPolicy>>) => ({
  ...rest,
  signIn: signIn && [...signIn],
  networks: networks && [...networks],
  licences: licences && [...licences],
});

/** What organisations demand of their people and of what they publish. */
export const orgPolicyRoutes = restRouter()
  .openapi(routes.read, async (c) => {
    const found = await readPolicy(c.get("ctx"), c.req.valid("param").handle);
    const set = found.set && { ...found.set, updatedAt: found.set.updatedAt.toISOString() };
    return c.json({ policy: plain(found.policy), set }, 200);
  })
  .openapi(routes.set, async (c) => {
    const kept = await setPolicy(c.get("ctx"), c.req.valid("param").handle, c.req.valid("json"));
    return c.json({ policy: plain(kept) }, 200);
  })
  .openapi(routes.clear, async (c) => {
    await clearPolicy(c.get("ctx"), c.req.valid("param").handle);
    return c.body(null, 204);
  });
