import { Hono } from "hono";
import { parsePatch } from "../../../core/scim/patch.ts";
import {
  changePerson,
  createPerson,
  deletePerson,
  findPeople,
  type PersonFilter,
  readPerson,
} from "../../domains/directory-users/index.ts";
import type { SurfaceEnv } from "../../http/surface.ts";
import { answer, baseOf, jsonOf } from "./directory.ts";
import { understood } from "./errors.ts";
import { filtersOf, listOf, pageOf } from "./lists.ts";
import { attributesOf, isActive, patched, userResource } from "./user-resource.ts";

const filterNames: Readonly<Record<string, PersonFilter["attribute"]>> = {
  id: "id",
  username: "userName",
  externalid: "externalId",
  displayname: "displayName",
  emails: "email",
  "emails.value": "email",
  active: "active",
};

/** People of a directory. Only for whoever has the directory's token. */
export const userRoutes = new Hono<SurfaceEnv>()
  .get("/Users", async (c) => {
    const page = pageOf(c);
    // Which kind of address it is nobody keeps.
    const filters = filtersOf(c, { ...filterNames, "emails.type": "email" } as const).filter(
      ({ value }) => value !== "work",
    );
    const { people, total } = await findPeople(c.get("ctx"), c.get("directory"), filters, page);
    const base = baseOf(c);
    return answer(
      c,
      listOf(
        people.map((one) => userResource(one, base)),
        total,
        page.offset,
      ),
    );
  })
  .post("/Users", async (c) => {
    const person = await createPerson(c.get("ctx"), c.get("directory"), attributesOf(await jsonOf(c)));
    const resource = userResource(person, baseOf(c));
    return answer(c, resource, 201, resource.meta.location);
  })
  .get("/Users/:person", async (c) => {
    const person = await readPerson(c.get("ctx"), c.get("directory"), c.req.param("person"));
    return answer(c, userResource(person, baseOf(c)));
  })
  .put("/Users/:person", async (c) => {
    const [ctx, directory] = [c.get("ctx"), c.get("directory")];
    const person = await readPerson(ctx, directory, c.req.param("person"));
    const next = attributesOf(await jsonOf(c), isActive(person));
    return answer(c, userResource(await changePerson(ctx, directory, person, next), baseOf(c)));
  })
  .patch("/Users/:person", async (c) => {
    const [ctx, directory] = [c.get("ctx"), c.get("directory")];
    const person = await readPerson(ctx, directory, c.req.param("person"));
    const body = await jsonOf(c);
    const operations = understood("invalidPath", () => parsePatch(body));
    const next = patched({ ...person, active: isActive(person) }, operations);
    return answer(c, userResource(await changePerson(ctx, directory, person, next), baseOf(c)));
  })
  .delete("/Users/:person", async (c) => {
    await deletePerson(c.get("ctx"), c.get("directory"), c.req.param("person"));
    return c.body(null, 204);
  });
