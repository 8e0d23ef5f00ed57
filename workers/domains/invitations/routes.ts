import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { answerInvitation, ownInvitations } from "./answer.ts";
import { invite } from "./invite.ts";
import { listInvitations, revokeInvitation } from "./revoke.ts";

const tags = ["organisations"];
const path = "/namespaces/{kind}/{handle}/invitations";
const role = z.enum(["owner", "admin", "write", "read"]);
const params = z.object({ kind: z.enum(["users", "orgs"]), handle: z.string() });
const oneParams = params.extend({ invitation: z.string() });
const invitation = z
  .object({
    id: z.string(),
    namespace: z.string(),
    handle: z.string().nullable().openapi({ description: "Whom it is for; null when an address is invited" }),
    email: z.string().nullable(),
    role: role.nullable().openapi({ description: "Null: only into the teams" }),
    teams: z.array(z.string()),
    invitedBy: z.string(),
    createdAt: z.string(),
    expiresAt: z.string(),
  })
  .openapi("Invitation");
const list = json(z.object({ invitations: z.array(invitation) }), "Open invitations");
const answered = json(z.object({ namespace: z.string(), role: role.nullable() }), "Answered");

const routes = {
  create: createRoute({
    method: "post",
    path,
    tags,
    summary: "Invite somebody by handle or e-mail address (role admin)",
    security: signedIn,
    request: {
      params,
      body: jsonBody(
        z.object({
          handle: z.string().max(100).optional(),
          email: z.email().max(254).optional(),
          role: role.optional(),
          teams: z.array(z.string().max(100)).max(50).optional(),
        }),
      ),
    },
    responses: { 201: json(z.object({ id: z.string(), expiresAt: z.string() }), "Invited"), ...problemResponse },
  }),
  list: createRoute({
    method: "get",
    path,
    tags,
    summary: "List the open invitations of a namespace (role admin)",
    security: signedIn,
    request: { params },
    responses: { 200: list, ...problemResponse },
  }),
  revoke: createRoute({
    method: "delete",
    path: `${path}/{invitation}`,
    tags,
    summary: "Take an invitation back (role admin)",
    security: signedIn,
    request: { params: oneParams },
    responses: { 204: { description: "Revoked" }, ...problemResponse },
  }),
  own: createRoute({
    method: "get",
    path: "/account/invitations",
    tags,
    summary: "List the caller's own open invitations",
    security: signedIn,
    responses: { 200: list, ...problemResponse },
  }),
  answer: createRoute({
    method: "post",
    path: "/account/invitations/answer",
    tags,
    summary: "Accept or decline an invitation: one's own by its id, or one that came by mail by its token",
    security: signedIn,
    request: {
      body: jsonBody(
        z.union([
          z.strictObject({ id: z.string().max(100), accept: z.boolean() }),
          z.strictObject({ token: z.string().max(200), accept: z.boolean() }),
        ]),
      ),
    },
    responses: { 200: answered, ...problemResponse },
  }),
};

type Shown = Awaited<ReturnType<typeof ownInvitations>>;
const view = (rows: Shown) => ({
  invitations: rows.map(({ createdAt, expiresAt, ...row }) => ({
    ...row,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  })),
});

/** Invitations into namespaces and teams, and the answers of whoever is invited. */
export const invitationRoutes = restRouter()
  .openapi(routes.create, async (c) => {
    const { kind, handle } = c.req.valid("param");
    const { id, expiresAt } = await invite(c.get("ctx"), kind, handle, c.req.valid("json"));
    return c.json({ id, expiresAt: expiresAt.toISOString() }, 201);
  })
  .openapi(routes.list, async (c) => {
    const { kind, handle } = c.req.valid("param");
    return c.json(view(await listInvitations(c.get("ctx"), kind, handle)), 200);
  })
  .openapi(routes.revoke, async (c) => {
    const { kind, handle, invitation: id } = c.req.valid("param");
    await revokeInvitation(c.get("ctx"), kind, handle, id);
    return c.body(null, 204);
  })
  .openapi(routes.own, async (c) => c.json(view(await ownInvitations(c.get("ctx"))), 200))
  .openapi(routes.answer, async (c) => {
    const { accept, ...which } = c.req.valid("json");
    return c.json(await answerInvitation(c.get("ctx"), which, accept), 200);
  });
