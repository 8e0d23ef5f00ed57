import { exports } from "cloudflare:workers";
import { type Client, pushBlob, sha256, signUp } from "../client.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** A private thing, and a name of the same form under which there is nothing. */
export interface Twin {
  readonly kind: "users" | "orgs";
  /** Handle of the namespace, artifact, blob, manifest, open upload: of the private thing. */
  readonly hidden: Names;
  readonly missing: Names;
}

export interface Names {
  readonly handle: string;
  readonly name: string;
  readonly upload: string;
}

/** What is known of the private content: whoever asks may have guessed it right. */
export interface World {
  readonly twins: readonly Twin[];
  readonly blob: string;
  readonly manifest: string;
  readonly version: string;
  /** Texts that nobody outside may ever see. */
  readonly secrets: readonly string[];
  readonly callers: readonly Caller[];
  /** Authorization of who may see everything. */
  readonly owner: string;
}

export interface Caller {
  readonly name: string;
  /** Authorization for a request about a repository. */
  authorization(repository: string): Promise<string | undefined>;
}

export const fetchWorker = (path: string, init: RequestInit = {}) =>
  exports.default.fetch(new Request(`http://registry.test${path}`, { redirect: "manual", ...init }));

/** Pushes one version with a blob, a label and a referrer, and leaves an upload open. */
async function fill(owner: Client, repository: string, secret: string) {
  const config = { ...(await pushBlob(owner, repository, "{}")), mediaType: "application/vnd.oci.empty.v1+json" };
  const layer = await pushBlob(owner, repository, secret);
  const shared = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] };
  const body = JSON.stringify({ ...shared, artifactType: "application/vnd.example.secret.v1" });
  const manifest = await sha256(body);
  const put = (reference: string, content: string) =>
    owner.send("PUT", `/v2/${repository}/manifests/${reference}`, {
      body: content,
      headers: { "Content-Type": manifestType },
    });
  for (const tag of ["1.0.0", "stable"]) await put(tag, body);
  const subject = { mediaType: manifestType, digest: manifest, size: body.length };
  const referrer = JSON.stringify({ ...shared, artifactType: "application/vnd.example.note.v1", subject });
  await put(await sha256(referrer), referrer);
  const begun = await owner.send("POST", `/v2/${repository}/blobs/uploads/`);
  const upload = begun.headers.get("docker-upload-uuid");
  if (!upload) throw new Error(`no upload: ${begun.status} ${await begun.text()}`);
  // A first chunk makes it known by its id alone.
  const first = { body: "first bytes", headers: { "Content-Range": "0-10" } };
  await owner.send("PATCH", begun.headers.get("location") ?? "", first);
  return { blob: layer.digest, manifest, upload };
}

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });

async function registryToken(repository: string, authorization?: string): Promise<string> {
  const answer = await fetchWorker(`/v2/token?scope=repository:${repository}:pull,push,delete`, {
    headers: authorization ? { Authorization: authorization } : {},
  });
  return `Bearer ${(await answer.json<{ token: string }>()).token}`;
}

/** A key that may do all that its owner may. No route ends it by being asked, as some end the session that asks. */
async function fullKey(person: Client): Promise<string> {
  const answer = await person.send("POST", "/api/v1/auth/keys", json({ name: "full", scopes: ["admin"] }));
  const { key } = await answer.json<{ key: string }>();
  await person.send("POST", "/api/v1/auth/sign-out", json({}));
  return `Bearer ${key}`;
}

/** A private artifact in a public namespace, an artifact in a private one, and people who may see neither. */
export async function buildWorld(): Promise<World> {
  const owner = await signUp();
  const outsider = await signUp();
  const secret = `the content is ${crypto.randomUUID()}`;
  const hiddenName = "hushhush";
  const organization = "undercover";

  const first = await fill(owner, owner.repository(hiddenName), secret);
  await owner.send("PATCH", `/api/v1/artifacts/${owner.repository(hiddenName)}`, json({ visibility: "private" }));

  await owner.send("POST", "/api/v1/orgs", json({ handle: organization }));
  const second = await fill(owner, `orgs/${organization}/${hiddenName}`, secret);
  await owner.send("PATCH", `/api/v1/namespaces/orgs/${organization}`, json({ visibility: "private" }));

  // Something public beside the private things, so that lists are not empty.
  await fill(owner, owner.repository("open"), "public");

  // The owner's own, but narrowed to what is public: outside of that it comes as a stranger.
  const narrowed = await owner.send(
    "POST",
    "/api/v1/auth/keys",
    json({ name: "narrow", scopes: ["admin"], reach: [owner.repository("open")] }),
  );
  const narrowKey = `Bearer ${(await narrowed.json<{ key: string }>()).key}`;

  const nowhere = "00000000-0000-4000-8000-000000000000";
  const authorization = await fullKey(outsider);
  return {
    owner: owner.authorization,
    blob: first.blob,
    manifest: first.manifest,
    version: "1.0.0",
    secrets: [secret, hiddenName, organization, first.blob, first.manifest, first.upload, second.upload],
    twins: [
      {
        kind: "users",
        hidden: { handle: owner.handle, name: hiddenName, upload: first.upload },
        missing: { handle: owner.handle, name: "nonesuch", upload: nowhere },
      },
      {
        kind: "orgs",
        hidden: { handle: organization, name: hiddenName, upload: second.upload },
        missing: { handle: "nowhereland", name: "nonesuch", upload: nowhere },
      },
    ],
    callers: [
      { name: "a stranger", authorization: async () => undefined },
      { name: "a stranger with a registry token", authorization: (repository) => registryToken(repository) },
      { name: "an outsider", authorization: async () => authorization },
      {
        name: "an outsider with a registry token",
        authorization: (repository) => registryToken(repository, authorization),
      },
      { name: "the owner's key for something else", authorization: async () => narrowKey },
      {
        name: "a registry token of the owner's key for something else",
        authorization: (repository) => registryToken(repository, narrowKey),
      },
    ],
  };
}
