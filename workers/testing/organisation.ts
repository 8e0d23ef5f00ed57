import { type Client, pushBlob, sha256, signUp } from "./client.ts";

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
const manifestType = "application/vnd.oci.image.manifest.v1+json";
let count = 0;

/** The answer's JSON; throws when the call was refused, so that a test does not go on from nothing. */
export async function answered<T>(response: Response | Promise<Response>): Promise<T> {
  const answer = await response;
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** What a refusal is: status and code. */
export async function refusal(response: Response | Promise<Response>): Promise<[number, string]> {
  const answer = await response;
  const body = await answer.json<{ code?: string; errors?: { code: string }[] }>();
  return [answer.status, body.code ?? body.errors?.[0]?.code ?? ""];
}

export interface Organisation {
  readonly handle: string;
  readonly owner: Client;
  /** `/api/v1/orgs/<handle>` */
  readonly path: string;
  /** `/api/v1/namespaces/orgs/<handle>` */
  readonly namespace: string;
  repository(name: string): string;
  call(as: Client, method: string, path: string, body?: unknown): Promise<Response>;
  /** Invites somebody and accepts in their name. */
  join(member: Client, role?: string, teams?: readonly string[]): Promise<void>;
  member(role?: string, teams?: readonly string[]): Promise<Client>;
  team(name: string, grants: Readonly<Record<string, string>>): Promise<void>;
  policy(policy: Readonly<Record<string, unknown>>): Promise<Response>;
}

export const noDemands = { secondFactor: false, signIn: null, networks: null, licences: null, approval: false };

/** An organisation with its owner, for tests that speak to the worker's own fetch handler. */
export async function makeOrganisation(): Promise<Organisation> {
  const owner = await signUp();
  const handle = `org-${++count}-${owner.handle}`;
  await answered(owner.send("POST", "/api/v1/orgs", json({ handle })));
  const path = `/api/v1/orgs/${handle}`;
  const namespace = `/api/v1/namespaces/orgs/${handle}`;
  const call = (as: Client, method: string, target: string, body?: unknown) =>
    as.send(method, target, body === undefined ? {} : json(body));
  const join = async (member: Client, role?: string, teams: readonly string[] = []) => {
    const { id } = await answered<{ id: string }>(
      call(owner, "POST", `${namespace}/invitations`, { handle: member.handle, role, teams }),
    );
    await answered(call(member, "POST", "/api/v1/account/invitations/answer", { id, accept: true }));
  };
  return {
    handle,
    owner,
    path,
    namespace,
    repository: (name) => `orgs/${handle}/${name}`,
    call,
    join,
    member: async (role, teams) => {
      const member = await signUp();
      await join(member, role, teams);
      return member;
    },
    team: async (name, grants) => {
      await answered(call(owner, "POST", `${path}/teams`, { name }));
      for (const [artifact, role] of Object.entries(grants)) {
        const on = artifact === "*" ? {} : { artifact };
        await answered(call(owner, "PUT", `${path}/teams/${name}/grants`, { role, ...on }));
      }
    },
    policy: (policy) => call(owner, "PUT", `${path}/policy`, { ...noDemands, ...policy }),
  };
}

export interface PushedImage {
  readonly status: number;
  readonly digest: string;
  readonly layer: string;
  readonly response: Response;
}

/** Pushes a small image whose content nobody else has. */
export async function pushImage(
  as: Client,
  repository: string,
  reference: string | undefined,
  more: { subject?: string; licence?: string; content?: string } = {},
): Promise<PushedImage> {
  const config = { ...(await pushBlob(as, repository, "{}")), mediaType: "application/vnd.oci.empty.v1+json" };
  const layer = await pushBlob(as, repository, more.content ?? `layer ${crypto.randomUUID()}`);
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: "application/vnd.example.v1",
    config,
    layers: [layer],
    ...(more.subject === undefined ? {} : { subject: { mediaType: manifestType, digest: more.subject, size: 2 } }),
    ...(more.licence === undefined ? {} : { annotations: { "org.opencontainers.image.licenses": more.licence } }),
  });
  const digest = await sha256(body);
  const response = await as.send("PUT", `/v2/${repository}/manifests/${reference ?? digest}`, {
    body,
    headers: { "Content-Type": manifestType },
  });
  return { status: response.status, digest, layer: layer.digest, response };
}

/** Status of a read. */
export async function statusOf(as: Client, path: string): Promise<number> {
  const response = await as.send("GET", path);
  await response.body?.cancel();
  return response.status;
}
