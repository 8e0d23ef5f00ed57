import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, open, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import type { Context } from "../../context.ts";
import { publisherSchema, readPublisher } from "../verification/index.ts";
import { createOrganization } from "./create-organization.ts";
import { deleteMember, membersOf, putMember } from "./members.ts";
import { visibleNamespace } from "./require-role.ts";
import { setNamespaceVisibility } from "./set-visibility.ts";
import type { NamespaceRecord } from "./store.ts";

const tags = ["namespaces"];
const kind = z.enum(["users", "orgs"]);
const visibility = z.enum(["public", "private"]);
const role = z.enum(["owner", "admin", "write", "read"]);
const params = z.object({ kind, handle: z.string() });
const memberParams = params.extend({ member: z.string() });
const namespace = z
  .object({
    namespace: z.string(),
    kind,
    handle: z.string(),
    visibility,
    role: role.nullable(),
    createdAt: z.string(),
    publisher: publisherSchema,
  })
  .openapi("Namespace");

const view = async (ctx: Context, record: NamespaceRecord) => ({
  namespace: `${record.kind}/${record.handle}`,
  kind: record.kind,
  handle: record.handle as string,
  visibility: record.visibility,
  role: record.role,
  createdAt: record.createdAt.toISOString(),
  publisher: await readPublisher(ctx.db, record.id),
});

const routes = {
  create: createRoute({
    method: "post",
    path: "/orgs",
    tags,
    summary: "Make an organisation; the caller becomes its owner",
    security: signedIn,
    request: { body: jsonBody(z.object({ handle: z.string().max(100) })) },
    responses: { 201: json(namespace, "The namespace"), ...problemResponse },
  }),
  read: createRoute({
    method: "get",
    path: "/namespaces/{kind}/{handle}",
    tags,
    summary: "Describe a namespace",
    security: open,
    request: { params },
    responses: { 200: json(namespace, "The namespace"), ...problemResponse },
  }),
  update: createRoute({
    method: "patch",
    path: "/namespaces/{kind}/{handle}",
    tags,
    summary: "Make a namespace public or private (role admin)",
    security: signedIn,
    request: { params, body: jsonBody(z.object({ visibility })) },
    responses: { 200: json(namespace, "The namespace"), ...problemResponse },
  }),
  members: createRoute({
    method: "get",
    path: "/namespaces/{kind}/{handle}/members",
    tags,
    summary: "List members (role read)",
    security: signedIn,
    request: { params },
    responses: {
      200: json(z.object({ members: z.array(z.object({ handle: z.string(), role, addedAt: z.string() })) }), "Members"),
      ...problemResponse,
    },
  }),
  putMember: createRoute({
    method: "put",
    path: "/namespaces/{kind}/{handle}/members/{member}",
    tags,
    summary: "Add a member or change a role (role admin)",
    security: signedIn,
    request: { params: memberParams, body: jsonBody(z.object({ role })) },
    responses: { 200: json(z.object({ handle: z.string(), role }), "The membership"), ...problemResponse },
  }),
  deleteMember: createRoute({
    method: "delete",
    path: "/namespaces/{kind}/{handle}/members/{member}",
    tags,
    summary: "Remove a member (role admin, or oneself)",
    security: signedIn,
    request: { params: memberParams },
    responses: { 204: { description: "Removed" }, ...problemResponse },
  }),
};

/** Namespaces and who belongs to them. */
export const namespaceRoutes = restRouter()
  .openapi(routes.create, async (c) =>
    c.json(await view(c.get("ctx"), await createOrganization(c.get("ctx"), c.req.valid("json").handle)), 201),
  )
  .openapi(routes.read, async (c) => {
    const target = c.req.valid("param");
    const ctx = c.get("ctx");
    return c.json(await view(ctx, await visibleNamespace(ctx, target.kind, target.handle)), 200);
  })
  .openapi(routes.update, async (c) => {
    const target = c.req.valid("param");
    const updated = await setNamespaceVisibility(
      c.get("ctx"),
      target.kind,
      target.handle,
      c.req.valid("json").visibility,
    );
    return c.json(await view(c.get("ctx"), updated), 200);
  })
  .openapi(routes.members, async (c) => {
    const target = c.req.valid("param");
    const members = await membersOf(c.get("ctx"), target.kind, target.handle);
    return c.json({ members: members.map((member) => ({ ...member, addedAt: member.addedAt.toISOString() })) }, 200);
  })
  .openapi(routes.putMember, async (c) => {
    const { kind: of, handle, member } = c.req.valid("param");
    const wanted = c.req.valid("json").role;
    await putMember(c.get("ctx"), of, handle, member, wanted);
    return c.json({ handle: member, role: wanted }, 200);
  })
  .openapi(routes.deleteMember, async (c) => {
    const { kind: of, handle, member } = c.req.valid("param");
    await deleteMember(c.get("ctx"), of, handle, member);
    return c.body(null, 204);
  });
