import { afterAll, beforeAll, expect, it } from "vitest";
import { expectProblem } from "../http/support/errors.ts";
import { makeKey, type Person } from "../http/support/people.ts";
import { Repository } from "../http/support/repository.ts";
import { addressHeader, TrustScene } from "./scene.ts";

let scene: TrustScene;
let ann: Person;
beforeAll(async () => {
  scene = await TrustScene.start();
  ann = await scene.person();
}, 120_000);
afterAll(() => scene.stop());

const networks = ["203.0.113.0/24", "2001:db8:7::/48", "198.51.100.9"];
const cases: [string | undefined, boolean][] = [
  ["203.0.113.200", true],
  ["203.0.114.1", false],
  ["198.51.100.9", true],
  ["198.51.100.10", false],
  ["2001:db8:7:ffff::1", true],
  ["2001:db8:8::1", false],
  ["::ffff:203.0.113.7", true],
  // Only the last entry was written by the proxy.
  ["203.0.113.200, 192.0.2.1", false],
  ["192.0.2.1, 203.0.113.200", true],
  ["unknown", false],
  ["", false],
  [undefined, false],
];
const from = (address: string | undefined) => (address === undefined ? {} : { [addressHeader]: address });

it.each(cases)("a key that is bound to networks, from %j: %s", async (address, allowed) => {
  const key = await makeKey(scene.api, ann, ["publish"], { networks });
  for (const as of [key.as, { basic: [ann.handle, key.key] as const }]) {
    const response = await scene.api.send("GET", "/api/v1/auth/me", { as, headers: from(address) });
    if (allowed) expect(response.status).toBe(200);
    else await expectProblem(response, 403, "denied");
  }
  const token = await scene.api.send("GET", "/v2/token", { as: key.as, headers: from(address) });
  expect(token.status).toBe(allowed ? 200 : 403);
});

it("binds the registry tokens that it buys to the same networks", async () => {
  const key = await makeKey(scene.api, ann, ["publish"], { networks });
  const repository = new Repository(scene.api, `users/${ann.handle}/thing`, ann.session);
  const scope = `repository:${repository.name}:pull,push`;
  const inside = from("203.0.113.1");
  const { token } = await scene.api.read<{ token: string }>("GET", `/v2/token?scope=${scope}`, {
    as: key.as,
    headers: inside,
  });
  const path = `/v2/${repository.name}/blobs/uploads/`;
  const begin = async (headers: Record<string, string>) =>
    (await scene.api.send("POST", path, { as: { bearer: token }, headers })).status;
  expect([await begin(inside), await begin(from("192.0.2.1")), await begin({})]).toEqual([202, 403, 403]);
});

it("is shown where the key is shown, in one spelling, and ends elsewhere by whoever found it", async () => {
  const key = await makeKey(scene.api, ann, ["read"], { networks: ["10.1.2.3/8", "10.0.0.0/8", "2001:DB8::/32"] });
  const me = await scene.api.read("GET", "/api/v1/auth/me", { as: key.as, headers: from("10.9.9.9") });
  expect(me).toMatchObject({ credential: { networks: ["10.0.0.0/8", "2001:db8::/32"] } });
  const json = { keys: [key.key] };
  expect(await scene.api.read("POST", "/api/v1/auth/leaked-keys", { json })).toEqual({ revoked: [true] });
});
