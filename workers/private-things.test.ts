import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { addressOf, allRoutes, bodiesOf, repositoryOf, type Route } from "./testing/privacy/requests.ts";
import { buildWorld, type Caller, fetchWorker, type Names, type Twin, type World } from "./testing/privacy/world.ts";

let world: World;
beforeAll(async () => {
  world = await buildWorld();
});

interface Ask {
  readonly route: Route;
  readonly caller: Caller;
  readonly twin: Twin;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Differ from request to request whatever is asked for. */
const volatile = new Set(["x-request-id", "server-timing", "ratelimit", "date"]);
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const jwt = /eyJ[\w-]+\.([\w-]+)\.[\w-]+/g;

/** The text without what every answer has of its own, and without the names that were asked for. */
function levelled(text: string, { handle, name, upload }: Names): string {
  return (
    text
      .replaceAll(jwt, (_, payload: string) => {
        const {
          jti: _jti,
          iat: _iat,
          nbf: _nbf,
          exp: _exp,
          ...claims
        } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
        return JSON.stringify(claims);
      })
      .replaceAll(upload, "UPLOAD")
      .replaceAll(name, "NAME")
      .replaceAll(new RegExp(`\\b${handle}\\b`, "g"), "HANDLE")
      .replaceAll(uuid, "UUID")
      .replaceAll(time, "TIME")
      .replaceAll(/"(?:ms|remaining|resetSeconds)":\d+/g, "COUNT")
      // What a page with a form gives each browser of its own.
      .replaceAll(/(gati-browser=|name="token" value="|token=|"challenge":")[\w-]+/g, "$1RANDOM")
  );
}

async function ask({ route, caller, twin, body, headers }: Ask, names: Names): Promise<Answer> {
  const authorization = await caller.authorization(repositoryOf(twin.kind, names));
  const answer = await fetchWorker(addressOf(world, route, twin, names), {
    method: route.method,
    headers: {
      ...(authorization ? { Authorization: authorization } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": String(body.length) }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const shown = Object.fromEntries(
    [...answer.headers].filter(([name]) => !volatile.has(name)).map(([name, value]) => [name, levelled(value, names)]),
  );
  const content = levelled(await answer.text(), names);
  // A longer name makes a longer page; what it says is compared.
  delete shown["content-length"];
  return { status: answer.status, headers: shown, body: content };
}

const describeAsk = ({ route, caller, twin, body, headers }: Ask) =>
  `${route.method} ${route.path} by ${caller.name} for ${twin.kind} with ${body} ${JSON.stringify(headers)}`;

async function expectAlike(one: Ask): Promise<void> {
  const hidden = await ask(one, one.twin.hidden);
  const missing = await ask(one, one.twin.missing);
  expect(hidden, describeAsk(one)).toEqual(missing);
  expect(hidden.status, describeAsk(one)).not.toBe(500);
}

it(
  "P24: on every route a private thing answers outsiders exactly like a missing one",
  { timeout: 300_000 },
  async () => {
    for (const route of allRoutes()) {
      for (const caller of world.callers) {
        for (const twin of world.twins) {
          for (const body of bodiesOf(world, route.method))
            await expectAlike({ route, caller, twin, body, headers: {} });
        }
      }
    }
  },
);

it("P24: whatever headers come with the request", { timeout: 300_000 }, async () => {
  const routes = allRoutes();
  const headers = fc.record(
    {
      Accept: fc.constantFrom("text/html", "application/json", "*/*", "application/vnd.oci.image.index.v1+json"),
      Range: fc.constantFrom("bytes=0-0", "bytes=5-", "bytes=999999-", "lines=1-2"),
      "If-None-Match": fc.constantFrom("*", `"${world.manifest}"`, `"${world.blob}"`),
      "Content-Range": fc.constantFrom("0-3", "7-9", "x"),
      "Content-Type": fc.constantFrom("application/vnd.oci.image.manifest.v1+json", "text/plain"),
      "X-Artifact-Digest": fc.constantFrom(world.blob, "sha256:0"),
      "X-Forwarded-For": fc.constant("127.0.0.1"),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc
        .constantFrom(...routes)
        .chain((route) => fc.tuple(fc.constant(route), fc.constantFrom(...bodiesOf(world, route.method)))),
      fc.constantFrom(...world.callers),
      fc.constantFrom(...world.twins),
      headers,
      async ([route, body], caller, twin, given) => expectAlike({ route, caller, twin, body, headers: given }),
    ),
    { numRuns: 400 },
  );
});

it("the same questions tell the owner the two apart: what is compared here is really there", async () => {
  const owner: Caller = { name: "the owner", authorization: () => Promise.resolve(world.owner) };
  // Pages and the earlier documents' addresses are left out: they show what strangers see, whoever asks.
  const routes = allRoutes().filter(({ method, path }) => method === "GET" && /^\/(v2|api\/v1)\/.*:name\b/.test(path));
  expect(routes.length).toBeGreaterThan(8);
  for (const route of routes) {
    for (const twin of world.twins) {
      const one = { route, caller: owner, twin, body: undefined, headers: {} };
      const [hidden, missing] = [await ask(one, twin.hidden), await ask(one, twin.missing)];
      expect(hidden.status, describeAsk(one)).toBeLessThan(300);
      expect(hidden, describeAsk(one)).not.toEqual(missing);
    }
  }
});

it(
  "nothing that lists or tells shows a private name, digest or content to outsiders",
  { timeout: 120_000 },
  async () => {
    const other: Names = { handle: "client-2", name: "nonesuch", upload: "00000000-0000-4000-8000-000000000000" };
    const twin: Twin = { kind: "users", hidden: other, missing: other };
    for (const route of allRoutes().filter(({ method }) => method === "GET")) {
      for (const caller of world.callers) {
        const authorization = await caller.authorization(repositoryOf("users", other));
        const answer = await fetchWorker(
          addressOf({ ...world, blob: "sha256:0", manifest: "sha256:0" }, route, twin, other),
          {
            headers: authorization ? { Authorization: authorization } : {},
          },
        );
        const told = JSON.stringify([...answer.headers]) + (await answer.text());
        for (const secret of world.secrets) expect(told.includes(secret), `${route.path}: ${secret}`).toBe(false);
      }
    }
  },
);

it("a blob that only a private repository holds cannot be mounted, however it is asked for", async () => {
  const outsider = world.callers[2] as Caller;
  for (const twin of world.twins) {
    const answers = [];
    for (const names of [twin.hidden, twin.missing]) {
      const from = encodeURIComponent(repositoryOf(twin.kind, names));
      for (const query of [`mount=${world.blob}&from=${from}`, `mount=${world.blob}`]) {
        const answer = await fetchWorker(`/v2/users/client-2/mine/blobs/uploads/?${query}`, {
          method: "POST",
          headers: { Authorization: (await outsider.authorization("")) ?? "" },
        });
        answers.push(answer.status);
      }
    }
    expect(answers).toEqual([202, 202, 202, 202]);
  }
  const links = await env.DB.prepare(
    "SELECT count(*) AS n FROM blob_links WHERE repository = 'users/client-2/mine'",
  ).first();
  expect(links).toEqual({ n: 0 });
});
