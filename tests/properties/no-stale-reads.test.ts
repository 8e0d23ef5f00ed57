import { beforeAll, expect, it } from "vitest";
import { freshReads } from "../contracts/fresh-reads/property.ts";
import type { Servers } from "../contracts/fresh-reads/world.ts";
import { shared } from "../http/support/api.ts";
import { makeOrganization, type Person, setRole, signUp } from "../http/support/people.ts";

let people: { writer: Person; member: Person };
let organization: string;
beforeAll(async () => {
  people = { writer: await signUp(shared), member: await signUp(shared) };
  organization = await makeOrganization(shared, people.writer);
  await setRole(shared, people.writer, organization, people.member, "read");
});

it("P9, P20: a change shows at once to everybody who asks the server that made it", async () => {
  const servers: Servers = {
    count: 1,
    organization,
    // One server: what it may tell does not depend on the time.
    now: () => 0,
    advance: () => undefined,
    send: (_, caller, { method, path, body, type }) =>
      shared.send(method, path, {
        as: caller === "stranger" ? undefined : people[caller].session,
        body,
        headers: type ? { "Content-Type": type } : {},
      }),
  };
  await expect(freshReads(servers, 40)).resolves.toBeUndefined();
}, 240_000);
