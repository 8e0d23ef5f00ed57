import { type Client, GaveUp } from "./client.ts";
import { type RepositoryModel, unpublished } from "./model.ts";

interface Removal {
  readonly step: string;
  readonly path: string;
  /** What it removes is promised to be there. */
  readonly exists: boolean;
  /** It is part of something else, so 405 is right too. */
  readonly held?: boolean;
  done(answered: boolean): void;
}

/** Runs a request that removes something, and tells the model. 404 and 410 say that it is gone already. */
async function remove(client: Client, { step, path, exists, held, done }: Removal): Promise<void> {
  try {
    const answer = await client.step(step, "DELETE", path);
    const gone = exists && !answer.repeated ? [] : [404, 410];
    client.expect(`${step} at ${path}`, answer, [200, 202, ...gone, ...(held ? [405] : [])]);
    if (answer.status !== 405) done(true);
  } catch (error) {
    if (error instanceof GaveUp) done(false);
    throw error;
  }
}

/** Deletes a label, or unpublishes a version through OCI or REST. */
export async function deleteName(client: Client, repository: RepositoryModel): Promise<void> {
  const { random } = client;
  const offered = [...repository.versions].filter(([, register]) => !register.isCertainly(unpublished));
  const label = random.maybePick([...repository.tags.keys()].filter((tag) => !repository.versions.has(tag)));
  const version = random.maybePick(offered)?.[0];
  if (label && (!version || random.chance(0.4))) {
    const path = `/v2/${repository.name}/manifests/${label}`;
    const exists = !repository.tag(label).allows(undefined);
    const done = (answered: boolean) => repository.tagDeleted(label, answered);
    return remove(client, { step: "delete tag", path, exists, done });
  }
  if (!version) return;
  const done = (answered: boolean) => repository.versionUnpublished(version, answered);
  const [step, path] = random.chance(0.5)
    ? ["delete version tag", `/v2/${repository.name}/manifests/${version}`]
    : ["unpublish", `/api/v1/artifacts/${repository.name}/versions/${version}`];
  const register = repository.version(version);
  const exists = !register.allows(undefined) && !register.allows(unpublished);
  await remove(client, { step, path, exists, done });
}

/** Deletes a manifest by digest; one that a published index contains is refused. */
export async function deleteManifest(client: Client, repository: RepositoryModel): Promise<void> {
  const candidates = [...repository.manifests.values()].filter(({ there }) => !there.isCertainly(false));
  const chosen = client.random.maybePick(candidates);
  if (!chosen) return;
  const { digest } = chosen.manifest;
  const exists = chosen.there.isCertainly(true);
  const held = [...repository.manifests.values()].some(({ manifest }) => manifest.members.includes(digest));
  const path = `/v2/${repository.name}/manifests/${digest}`;
  const done = (answered: boolean) => repository.manifestDeleted(digest, answered);
  await remove(client, { step: "delete manifest", path, exists, held, done });
}

/** Deletes a blob; one that a manifest names is refused. */
export async function deleteBlob(client: Client, repository: RepositoryModel): Promise<void> {
  const [digest, blob] = client.random.maybePick([...repository.blobs]) ?? [];
  if (!digest || !blob) return;
  const namers = [...repository.manifests.values()].filter(
    ({ manifest, there }) => there.allows(true) && manifest.blobs.some((one) => one.digest === digest),
  );
  const path = `/v2/${repository.name}/blobs/${digest}`;
  const done = (answered: boolean) => {
    if (answered && namers.some(({ there }) => there.isCertainly(true)))
      client.ledger.finding(`${path} was deleted although a manifest names it`);
    repository.unlinked(digest, answered);
  };
  const exists = blob.there.isCertainly(true);
  await remove(client, { step: "delete blob", path, exists, held: namers.length > 0, done });
}
