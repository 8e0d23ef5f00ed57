import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Api, type SendOptions } from "../harness/api.ts";
import { addressHeader, GithubProject, TrustScene } from "../trust/scene.ts";
import type { Credential } from "../http/support/api.ts";
import { gatiModule, putVersion, versionPath } from "../http/support/modules.ts";
import {
  join,
  makeKey,
  makeOrganization,
  type Person,
  registryToken,
  type Role,
  type Scope,
  setRole,
  setVisibility,
  signUp,
} from "../http/support/people.ts";
import { digestOf, type Json, randomContent, Repository } from "../http/support/repository.ts";

/** Members, and people who are nothing but in a team: with grants for the artifacts, for all, for a neighbour. */
const members = ["owner", "admin", "write", "read", "none"] as const;
const teams = {
  "team writers": { thing: "write", module: "write" },
  "team readers": { thing: "read", module: "read" },
  "team writers of all": { "": "write" },
  "team writers of a neighbour": { neighbour: "write" },
  // A member by himself, and more by the team.
  "readers in a team of writers": { thing: "write", module: "admin" },
} as const;
const roles = [...members, ...(Object.keys(teams) as (keyof typeof teams)[])] as const;
/** What the role comes to for the artifacts. */
const writes: Readonly<Record<(typeof roles)[number], boolean>> = {
  owner: true,
  admin: true,
  write: true,
  read: false,
  none: false,
  "team writers": true,
  "team readers": false,
  "team writers of all": true,
  "team writers of a neighbour": false,
  "readers in a team of writers": true,
};
const scopes = ["read", "publish", "admin"] as const;
type Cast = Record<(typeof roles)[number], { person: Person; keys: Record<Scope, Credential> }>;

let scene: TrustScene;
/** The registry as whoever calls from an address sees it. */
class AddressedApi extends Api {
  readonly #address: string;

  constructor(url: string, address: string) {
    super(url);
    this.#address = address;
  }

  override send(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    return super.send(method, path, { ...options, headers: { ...options.headers, [addressHeader]: this.#address } });
  }
}

/** From a network that organisations list. */
let shared: Api;
/** From any other. */
let outside: Api;
/** A run that the artifacts trust, one that another artifact of the namespace trusts, and one that nobody trusts. */
const runs = { trusted: new GithubProject(), neighbour: new GithubProject() };
let cast: Cast;
/** Organisations with everybody in the same role: a public one, a private one, and one that demands a network. */
const places = ["public", "private", "demanding"] as const;
let targets: Record<(typeof places)[number], { repository: Repository; image: Json }>;
let counter = 0;

beforeAll(async () => {
  scene = await TrustScene.start();
  shared = new AddressedApi(scene.api.url, "192.0.2.7");
  outside = new AddressedApi(scene.api.url, "198.51.100.7");
  const people: [string, Cast["owner"]][] = [];
  for (const role of roles) {
    const person = await signUp(shared);
    const keys = await Promise.all(
      scopes.map(async (scope) => [scope, (await makeKey(shared, person, [scope])).as] as const),
    );
    people.push([role, { person, keys: Object.fromEntries(keys) as Record<Scope, Credential> }]);
  }
  cast = Object.fromEntries(people) as Cast;
  const owner = cast.owner.person;
  const target = async (place: (typeof places)[number]) => {
    const organization = await makeOrganization(shared, owner);
    for (const role of ["admin", "write", "read"] as const)
      await setRole(shared, owner, organization, cast[role].person, role satisfies Role);
    await putIntoTeams(organization);
    const visibility = place === "private" ? "private" : "public";
    await setVisibility(shared, owner.session, `/api/v1/namespaces/orgs/${organization}`, visibility);
    const repository = new Repository(shared, `orgs/${organization}/thing`, owner.session);
    const image = await repository.imageManifest();
    await repository.pushManifest(image, "0.0.1");
    for (const name of [repository.name, repository.name.replace(/thing$/, "module")])
      await scene.trust(owner.session, name, runs.trusted.rule);
    await scene.trust(owner.session, `orgs/${organization}/neighbour`, runs.neighbour.rule);
    if (place === "demanding") await demand(organization);
    return { repository, image };
  };
  targets = {
    public: await target("public"),
    private: await target("private"),
    demanding: await target("demanding"),
  };
}, 240_000);
afterAll(() => scene.stop());

async function putIntoTeams(organization: string): Promise<void> {
  const owner = cast.owner.person;
  for (const [role, grants] of Object.entries(teams) as [keyof typeof teams, Record<string, string>][]) {
    const name = role.replaceAll(" ", "-");
    const path = `/api/v1/orgs/${organization}/teams`;
    await shared.read("POST", path, { as: owner.session, json: { name } });
    for (const [artifact, granted] of Object.entries(grants)) {
      const json = { role: granted, ...(artifact === "" ? {} : { artifact }) };
      await shared.read("PUT", `${path}/${name}/grants`, { as: owner.session, json });
    }
    const into = { teams: [name], ...(role.startsWith("readers") ? { role: "read" as const } : {}) };
    await join(shared, owner, organization, cast[role].person, into);
  }
}

/** Everybody here signed in with a password, keys too; not everybody calls from that network. */
async function demand(organization: string): Promise<void> {
  const networks = ["192.0.2.0/24"];
  const json = { secondFactor: false, signIn: ["password"], networks, licences: null, approval: false };
  await shared.read("PUT", `/api/v1/orgs/${organization}/policy`, { as: cast.owner.person.session, json });
}

const credentials = [
  "none",
  "session",
  "read key",
  "publish key",
  "admin key",
  "token for pull",
  "token for pull,push",
  "token for *",
  "token of the read key for *",
  "key for the namespace",
  "key for the artifacts",
  "key for another artifact",
  "token of the key for another artifact",
  "trusted run",
  "token of the trusted run",
  "run that a neighbour trusts",
] as const;
type Kind = (typeof credentials)[number];

const everything = (repository: string) => [`repository:${repository}:*`];

/** A key with the scope publish for a part of what its user may reach, or a token that it bought. */
async function narrowedKey(kind: Kind, person: Person, repository: string): Promise<Credential> {
  const namespace = repository.slice(0, repository.lastIndexOf("/"));
  const reach = kind.includes("namespace")
    ? [namespace]
    : kind.includes("the artifacts")
      ? [repository, `${namespace}/module`]
      : [`${namespace}/neighbour`];
  const { as } = await makeKey(shared, person, ["publish"], { reach });
  return kind.startsWith("token") ? registryToken(shared, everything(repository), as) : as;
}

/** What a CI run gets for its ID token. The role of the person plays no part. */
async function runCredential(kind: Kind, repository: string): Promise<Credential> {
  const { token, as } = await scene.exchanged(
    await runs[kind.includes("neighbour") ? "neighbour" : "trusted"].token(scene),
  );
  if (!kind.startsWith("token")) return as;
  return registryToken(shared, everything(repository), { basic: ["__token__", token] });
}

async function credential(
  kind: Kind,
  role: (typeof roles)[number],
  repository: string,
): Promise<Credential | undefined> {
  const { person, keys } = cast[role];
  if (kind === "none") return undefined;
  if (kind.includes("run")) return runCredential(kind, repository);
  if (kind.includes("key for")) return narrowedKey(kind, person, repository);
  if (kind === "session") return person.session;
  if (kind.endsWith(" key")) return keys[kind.split(" ")[0] as Scope];
  const actions = kind.split(" for ")[1] ?? "";
  return registryToken(
    shared,
    [`repository:${repository}:${actions}`],
    kind.includes("read key") ? keys.read : person.session,
  );
}

type Action = "push" | "delete";
interface Operation {
  readonly surface: "oci" | "rest";
  readonly action: Action;
  /** Does it as the caller, and returns the answer and how to see whether it happened. */
  run(
    theirs: Repository,
    mine: Repository,
    image: Json,
  ): Promise<{ response: Response; happened: () => Promise<boolean> }>;
}

const nextVersion = () => `1.0.${++counter}`;
const status = async (path: string, repository: Repository) =>
  (await shared.send("GET", path, { as: repository.as })).status;

const operations: Record<string, Operation> = {
  "PUT of a version manifest": {
    surface: "oci",
    action: "push",
    async run(theirs, mine, image) {
      const version = nextVersion();
      const response = await theirs.putManifest(version, { ...image, annotations: { version } });
      return { response, happened: async () => (await mine.head(`manifests/${version}`)) === 200 };
    },
  },
  "move of a label": {
    surface: "oci",
    action: "push",
    async run(theirs, mine, image) {
      const annotations = { moved: String(++counter) };
      const response = await theirs.putManifest("edge", { ...image, annotations });
      const digest = digestOf(JSON.stringify({ ...image, annotations }));
      return { response, happened: async () => (await mine.head(`manifests/${digest}`)) === 200 };
    },
  },
  "upload of a blob": {
    surface: "oci",
    action: "push",
    async run(theirs, mine) {
      const bytes = randomContent(20);
      const response = await theirs.send("POST", `blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
      return { response, happened: async () => (await mine.head(`blobs/${digestOf(bytes)}`)) === 200 };
    },
  },
  "PUT of a version by REST": {
    surface: "rest",
    action: "push",
    async run(theirs, mine) {
      const version = nextVersion();
      const other = new Repository(shared, mine.name.replace(/thing$/, "module"), mine.as);
      const response = await putVersion(
        new Repository(theirs.api, other.name, theirs.as),
        version,
        await gatiModule(other, version),
      );
      return { response, happened: async () => (await status(versionPath(other, version), mine)) === 200 };
    },
  },
  deprecation: {
    surface: "rest",
    action: "push",
    async run(theirs, mine) {
      const message = `message ${++counter}`;
      const response = await theirs.api.send("PUT", `${versionPath(mine, "0.0.1")}/deprecation`, {
        as: theirs.as,
        json: { message },
      });
      const path = versionPath(mine, "0.0.1");
      return {
        response,
        happened: async () =>
          (await shared.read<{ deprecation: string }>("GET", path, { as: mine.as })).deprecation === message,
      };
    },
  },
  "deletion of a tag": {
    surface: "oci",
    action: "delete",
    async run(theirs, mine, image) {
      const tag = `doomed-${++counter}`;
      await mine.pushManifest(image, tag);
      const response = await theirs.send("DELETE", `manifests/${tag}`);
      return { response, happened: async () => (await mine.head(`manifests/${tag}`)) === 404 };
    },
  },
  unpublishing: {
    surface: "rest",
    action: "delete",
    async run(theirs, mine, image) {
      const version = nextVersion();
      await mine.pushManifest({ ...image, annotations: { version } }, version);
      const response = await theirs.api.send("DELETE", versionPath(mine, version), { as: theirs.as });
      return { response, happened: async () => (await status(versionPath(mine, version), mine)) === 410 };
    },
  },
};

/** The rule: writers of the artifact, by membership or team, with a credential that covers it, on a surface that takes the credential. */
function may(role: (typeof roles)[number], kind: Kind, { surface, action }: Operation): boolean {
  if (kind === "trusted run") return action === "push";
  if (kind === "token of the trusted run") return action === "push" && surface === "oci";
  if (kind === "none" || !writes[role]) return false;
  if (kind === "key for the namespace" || kind === "key for the artifacts") return true;
  if (kind === "session" || kind === "publish key" || kind === "admin key") return true;
  if (kind === "token for *") return surface === "oci";
  return kind === "token for pull,push" && surface === "oci" && action === "push";
}

it(
  "P3: exactly the writers change a namespace, by whatever role, team, policy, credential and scope",
  { timeout: 300_000 },
  async () => {
    const attempt = fc.record({
      role: fc.constantFrom(...roles),
      kind: fc.constantFrom(...credentials),
      name: fc.constantFrom(...Object.keys(operations)),
      place: fc.constantFrom(...places),
      inside: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(attempt, async ({ role, kind, name, place, inside }) => {
        const { repository, image } = targets[place];
        const operation = operations[name] as Operation;
        const as = await credential(kind, role, repository.name);
        const theirs = new Repository(inside ? shared : outside, repository.name, as);
        const { response, happened } = await operation.run(theirs, repository, image);
        // A run is no person, and is not let in from elsewhere either.
        const allowed = may(role, kind, operation) && (place !== "demanding" || inside);
        expect(await happened()).toBe(allowed);
        if (allowed) expect(response.status).toBeLessThan(300);
        else expect([401, 403, 404]).toContain(response.status);
      }),
      { numRuns: 600 },
    );
  },
);
