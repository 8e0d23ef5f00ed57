import { Hono } from "hono";
import { parsePatch } from "../../../core/scim/patch.ts";
import {
  changeGroup,
  createGroup,
  findGroups,
  type GroupFilter,
  readGroup,
  removeGroup,
} from "../../domains/directory-groups/index.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";
import { answer, baseOf, jsonOf } from "./directory.ts";
import { faulty, understood } from "./errors.ts";
import { changesOf, groupOf, groupResource } from "./group-resource.ts";
import { filtersOf, listOf, pageOf } from "./lists.ts";

const filterNames: Readonly<Record<string, GroupFilter["attribute"]>> = {
  id: "id",
  displayname: "displayName",
  externalid: "externalId",
  members: "member",
  "members.value": "member",
};

/** Entra ID asks for groups without their members, which may be many. */
const wantsMembers = (c: SurfaceContext) => !/\bmembers\b/i.test(c.req.query("excludedAttributes") ?? "");

function groupFilters(c: SurfaceContext): GroupFilter[] {
  return filtersOf(c, filterNames).map(({ attribute, value }) => {
    if (typeof value !== "string") throw faulty("invalidFilter", "Groups are compared with texts.");
    return { attribute, value };
  });
}

/** Groups of a directory. Only for whoever has the directory's token. */
export const groupRoutes = new Hono<SurfaceEnv>()
  .get("/Groups", async (c) => {
    const page = pageOf(c);
    const members = wantsMembers(c);
    const { groups, total } = await findGroups(c.get("ctx"), c.get("directory"), groupFilters(c), { ...page, members });
    const base = baseOf(c);
    return answer(
      c,
      listOf(
        groups.map((one) => groupResource(one, base, members)),
        total,
        page.offset,
      ),
    );
  })
  .post("/Groups", async (c) => {
    const group = await createGroup(c.get("ctx"), c.get("directory"), groupOf(await jsonOf(c)));
    const resource = groupResource(group, baseOf(c));
    return answer(c, resource, 201, resource.meta.location);
  })
  .get("/Groups/:group", async (c) => {
    const group = await readGroup(c.get("ctx"), c.get("directory"), c.req.param("group"));
    return answer(c, groupResource(group, baseOf(c), wantsMembers(c)));
  })
  .put("/Groups/:group", async (c) => {
    const { displayName, externalId, members } = groupOf(await jsonOf(c));
    const change = { displayName, externalId, only: members };
    const group = await changeGroup(c.get("ctx"), c.get("directory"), c.req.param("group"), change);
    return answer(c, groupResource(group, baseOf(c)));
  })
  .patch("/Groups/:group", async (c) => {
    const [ctx, directory] = [c.get("ctx"), c.get("directory")];
    const body = await jsonOf(c);
    const operations = understood("invalidPath", () => parsePatch(body));
    const group = await readGroup(ctx, directory, c.req.param("group"));
    const { members, ...rest } = changesOf(group, operations);
    const before = new Set(group.members.map(({ id }) => id));
    const people = members && {
      add: [...members].filter((id) => !before.has(id)),
      remove: [...before].filter((id) => !members.has(id)),
    };
    return answer(c, groupResource(await changeGroup(ctx, directory, group.id, { ...rest, ...people }), baseOf(c)));
  })
  .delete("/Groups/:group", async (c) => {
    await removeGroup(c.get("ctx"), c.get("directory"), c.req.param("group"));
    return c.body(null, 204);
  });
