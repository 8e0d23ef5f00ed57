import { createRoute, z } from "@hono/zod-openapi";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { changeTeamName, createTeam, listTeams, readTeam, removeTeam } from "./manage-teams.ts";
import { grantToTeam } from "./team-grants.ts";
import { deleteTeamMember, putTeamMember } from "./team-members.ts";

const tags = ["organisations"];
const path = "/orgs/{handle}/teams";
const role = z.enum(["admin", "write", "read"]);
const orgParams = z.object({ handle: z.string() });
const teamParams = orgParams.extend({ team: z.string() });
const memberParams = teamParams.extend({ member: z.string() });
const nameBody = jsonBody(z.object({ name: z.string().max(100) }));
const team = z.object({ name: z.string(), createdAt: z.string() }).openapi("Team");
const grant = z.object({
  artifact: z.string().nullable().openapi({ description: "Null: the whole organisation" }),
  role,
});
const details = team
  .extend({ members: z.array(z.object({ handle: z.string(), addedAt: z.string() })), grants: z.array(grant) })
  .openapi("TeamDetails");

const routes = {
  list: createRoute({
    method: "get",
    path,
    tags,
    summary: "List the teams of an organisation (role read)",
    security: signedIn,
    request: { params: orgParams },
    responses: {
      200: json(z.object({ teams: z.array(team.extend({ members: z.int() })) }), "Teams"),
      ...problemResponse,
    },
  }),
  create: createRoute({
    method: "post",
    path,
    tags,
    summary: "Make a team (role admin)",
    security: signedIn,
    request: { params: orgParams, body: nameBody },
    responses: { 201: json(team, "The team"), ...problemResponse },
  }),
  read: createRoute({
    method: "get",
    path: `${path}/{team}`,
    tags,
    summary: "Show a team with its members and grants (role read)",
    security: signedIn,
    request: { params: teamParams },
    responses: { 200: json(details, "The team"), ...problemResponse },
  }),
  rename: createRoute({
    method: "patch",
    path: `${path}/{team}`,
    tags,
    summary: "Give a team another name (role admin)",
    security: signedIn,
    request: { params: teamParams, body: nameBody },
    responses: { 200: json(team, "The team"), ...problemResponse },
  }),
  remove: createRoute({
    method: "delete",
    path: `${path}/{team}`,
    tags,
    summary: "Delete a team; what it granted ends at once (role admin)",
    security: signedIn,
    request: { params: teamParams },
    responses: { 204: { description: "Deleted" }, ...problemResponse },
  }),
  putMember: createRoute({
    method: "put",
    path: `${path}/{team}/members/{member}`,
    tags,
    summary: "Put somebody who belongs to the organisation into a team (role admin)",
    security: signedIn,
    request: { params: memberParams },
    responses: { 204: { description: "In the team" }, ...problemResponse },
  }),
  deleteMember: createRoute({
    method: "delete",
    path: `${path}/{team}/members/{member}`,
    tags,
    summary: "Take somebody out of a team (role admin)",
    security: signedIn,
    request: { params: memberParams },
    responses: { 204: { description: "Out of the team" }, ...problemResponse },
  }),
  grant: createRoute({
    method: "put",
    path: `${path}/{team}/grants`,
    tags,
    summary: "Set what a team may do to an artifact or to all of the organisation (role admin)",
    security: signedIn,
    request: {
      params: teamParams,
      body: jsonBody(
        z.object({
          artifact: z.string().max(200).optional().openapi({ description: "Absent: the whole organisation" }),
          role: role.nullable().openapi({ description: "Null takes it away" }),
        }),
      ),
    },
    responses: { 200: json(details, "The team"), ...problemResponse },
  }),
};

const view = ({ name, createdAt }: { name: string; createdAt: Date }) => ({ name, createdAt: createdAt.toISOString() });

function detailsView(found: Awaited<ReturnType<typeof readTeam>>) {
  return {
    ...view(found),
    members: found.members.map(({ handle, addedAt }) => ({ handle, addedAt: addedAt.toISOString() })),
    grants: found.grants.map(({ artifact, role: held }) => ({ artifact: artifact || null, role: held })),
  };
}

/** Teams of organisations. */
export const teamRoutes = restRouter()
  .openapi(routes.list, async (c) => {
    const teams = await listTeams(c.get("ctx"), c.req.valid("param").handle);
    return c.json({ teams: teams.map((one) => ({ ...view(one), members: one.members })) }, 200);
  })
  .openapi(routes.create, async (c) =>
    c.json(view(await createTeam(c.get("ctx"), c.req.valid("param").handle, c.req.valid("json").name)), 201),
  )
  .openapi(routes.read, async (c) => {
    const { handle, team: name } = c.req.valid("param");
    return c.json(detailsView(await readTeam(c.get("ctx"), handle, name)), 200);
  })
  .openapi(routes.rename, async (c) => {
    const { handle, team: name } = c.req.valid("param");
    return c.json(view(await changeTeamName(c.get("ctx"), handle, name, c.req.valid("json").name)), 200);
  })
  .openapi(routes.remove, async (c) => {
    const { handle, team: name } = c.req.valid("param");
    await removeTeam(c.get("ctx"), handle, name);
    return c.body(null, 204);
  })
  .openapi(routes.putMember, async (c) => {
    const { handle, team: name, member } = c.req.valid("param");
    await putTeamMember(c.get("ctx"), handle, name, member);
    return c.body(null, 204);
  })
  .openapi(routes.deleteMember, async (c) => {
    const { handle, team: name, member } = c.req.valid("param");
    await deleteTeamMember(c.get("ctx"), handle, name, member);
    return c.body(null, 204);
  })
  .openapi(routes.grant, async (c) => {
    const { handle, team: name } = c.req.valid("param");
    const { artifact, role: wanted } = c.req.valid("json");
    await grantToTeam(c.get("ctx"), handle, name, artifact, wanted);
    return c.json(detailsView(await readTeam(c.get("ctx"), handle, name)), 200);
  });
