import { createRoute, z } from "@hono/zod-openapi";
import { parseArtifactName, parseHandle, repositoryParts } from "../../../core/identifiers.ts";
import { json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { exchangeToken } from "./exchange-token.ts";
import { addPublisher, demandTrusted, readPublishing, removePublisher } from "./manage-rules.ts";
import { publishingSchema, publishingView, ruleInputSchema, ruleSchema, ruleView } from "./schemas.ts";

const tags = ["trusted publishing"];
const params = z.object({ kind: z.enum(["users", "orgs"]), handle: z.string(), name: z.string() });
const path = "/artifacts/{kind}/{handle}/{name}/publishing";
const publishersPath = "/artifacts/{kind}/{handle}/{name}/publishers";

const partsOf = ({ kind, handle, name }: z.infer<typeof params>) =>
  repositoryParts(kind, parseHandle(handle), parseArtifactName(name));

const routes = {
  audience: createRoute({
    method: "get",
    path: "/auth/oidc/audience",
    tags,
    summary: "What CI systems have to name as the audience of their ID tokens",
    security: open,
    responses: { 200: json(z.object({ audience: z.string() }), "The audience"), ...problemResponse },
  }),
  exchange: createRoute({
    method: "post",
    path: "/auth/oidc/exchange",
    tags,
    summary: "Exchange the ID token of a CI system for a token that may publish for 15 minutes",
    security: open,
    request: { body: jsonBody(z.object({ token: z.string().min(1).max(16_384) })) },
    responses: {
      200: json(
        z.object({
          token: z.string(),
          expiresIn: z.int(),
          repositories: z.array(z.string()).openapi({ description: "What the token may publish" }),
          publisher: z.object({ provider: z.string(), source: z.string(), run: z.string().nullable() }),
        }),
        "The publish token",
      ),
      ...problemResponse,
    },
  }),
  read: createRoute({
    method: "get",
    path,
    tags,
    summary: "Who publishes an artifact (role read)",
    security: signedIn,
    request: { params },
    responses: { 200: json(publishingSchema, "Its trusted publishers"), ...problemResponse },
  }),
  demand: createRoute({
    method: "patch",
    path,
    tags,
    summary: "Take new versions from trusted publishers alone, or not (role admin)",
    security: signedIn,
    request: { params, body: jsonBody(z.object({ trustedOnly: z.boolean() })) },
    responses: { 200: json(publishingSchema, "As it is now"), ...problemResponse },
  }),
  add: createRoute({
    method: "post",
    path: publishersPath,
    tags,
    summary: "Let runs of a CI system publish an artifact, also before its first version (role admin)",
    security: signedIn,
    request: { params, body: jsonBody(ruleInputSchema) },
    responses: { 201: json(ruleSchema, "The rule"), ...problemResponse },
  }),
  remove: createRoute({
    method: "delete",
    path: `${publishersPath}/{id}`,
    tags,
    summary: "End a rule and the tokens that it gave (role admin)",
    security: signedIn,
    request: { params: params.extend({ id: z.string().max(100) }) },
    responses: { 204: { description: "Removed" }, ...problemResponse },
  }),
};

/** Rules for trusted publishers, and the exchange of their tokens. */
export const trustedPublishingRoutes = restRouter()
  .openapi(routes.audience, (c) => c.json({ audience: c.get("ctx").settings.service }, 200))
  .openapi(routes.exchange, async (c) => {
    const { token, expiresIn, repositories, publisher } = await exchangeToken(c.get("ctx"), c.req.valid("json").token);
    const { provider, source, run } = publisher;
    c.header("Cache-Control", "no-store");
    return c.json({ token, expiresIn, repositories: [...repositories], publisher: { provider, source, run } }, 200);
  })
  .openapi(routes.read, async (c) => {
    return c.json(publishingView(await readPublishing(c.get("ctx"), partsOf(c.req.valid("param")))), 200);
  })
  .openapi(routes.demand, async (c) => {
    const { trustedOnly } = c.req.valid("json");
    return c.json(publishingView(await demandTrusted(c.get("ctx"), partsOf(c.req.valid("param")), trustedOnly)), 200);
  })
  .openapi(routes.add, async (c) => {
    const rule = await addPublisher(c.get("ctx"), partsOf(c.req.valid("param")), c.req.valid("json"));
    return c.json(ruleView(rule), 201);
  })
  .openapi(routes.remove, async (c) => {
    const { id, ...artifact } = c.req.valid("param");
    await removePublisher(c.get("ctx"), partsOf(artifact), id);
    return c.body(null, 204);
  });
