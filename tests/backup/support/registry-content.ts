import type { Api, Credential } from "../../harness/api.ts";
import { until } from "../../harness/until.ts";
import { artifactPath, publishModule, versionPath } from "../../http/support/modules.ts";
import { makeKey, makeOrganization, type Person, setRole, setVisibility, signUp } from "../../http/support/people.ts";
import { indexType, manifestType, randomContent, Repository, utf8 } from "../../http/support/repository.ts";

/** A registry with one of everything that a backup has to bring back. */
export interface RegistryContent {
  readonly owner: Person;
  readonly member: Person;
  readonly stranger: Person;
  /** API key of the owner that may publish. */
  readonly key: Credential;
  /** Addresses whose answers have to be the same in the copy, for everybody. */
  readonly paths: readonly string[];
}

const must = async (response: Promise<Response>): Promise<Response> => {
  const answer = await response;
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
};

/** Versions in every state, labels by hand and by themselves. */
async function modules(api: Api, owner: Person): Promise<string[]> {
  const tool = new Repository(api, `users/${owner.handle}/tool`, owner.session);
  for (const version of ["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1"])
    await publishModule(tool, version, { gati: { description: `Version ${version} \u2028 says "ü".` } });
  await must(
    api.send("PUT", `${versionPath(tool, "1.0.0")}/deprecation`, { as: owner.session, json: { message: "old" } }),
  );
  await must(api.send("DELETE", versionPath(tool, "1.1.0"), { as: owner.session }));
  const moved = await must(tool.send("GET", "manifests/1.0.0"));
  await must(tool.putManifest("stable", new Uint8Array(await moved.arrayBuffer())));

  const pinned = new Repository(api, `users/${owner.handle}/pinned`, owner.session);
  await publishModule(pinned, "1.0.0");
  const bytes = new Uint8Array(await (await must(pinned.send("GET", "manifests/1.0.0"))).arrayBuffer());
  await must(pinned.putManifest("latest", bytes));
  await publishModule(pinned, "2.0.0");

  const secret = new Repository(api, `users/${owner.handle}/secret`, owner.session);
  await publishModule(secret, "0.1.0");
  await setVisibility(api, owner.session, artifactPath(secret), "private");

  const emptied = new Repository(api, `users/${owner.handle}/emptied`, owner.session);
  await publishModule(emptied, "1.0.0");
  await must(api.send("DELETE", versionPath(emptied, "1.0.0"), { as: owner.session }));
  return [tool, pinned, secret, emptied].map(({ name }) => name);
}

/** Everything that OCI has: an index, a referrer, large manifests, large and empty blobs, SHA-512, a foreign layer. */
async function images(api: Api, owner: Person, organization: string): Promise<{ name: string; digests: string[] }> {
  const image = new Repository(api, `orgs/${organization}/image`, owner.session);
  const children = [await image.pushImage(), await image.pushImage()];
  const manifests = children.map(({ descriptor }) => descriptor);
  const index = await image.pushManifest({ schemaVersion: 2, mediaType: indexType, manifests }, "1.0.0", indexType);
  const signature = await image.pushManifest(
    await image.imageManifest(undefined, { subject: index.descriptor, annotations: { "example.signed": "yes" } }),
  );

  const big = await image.pushBlob(randomContent(12_000_000));
  const empty = await image.pushBlob(new Uint8Array(0));
  const strong = await image.pushBlob(randomContent(1000), "application/octet-stream", "sha512");
  const foreign = {
    mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    digest: `sha256:${"e".repeat(64)}`,
    size: 7,
    urls: ["https://example.test/layer"],
  };
  const large = await image.pushManifest(
    await image.imageManifest(undefined, {
      layers: [big, empty, strong, foreign],
      annotations: { "example.long": "x".repeat(100_000) },
    }),
    "large",
  );
  const deleted = await image.pushManifest(
    await image.imageManifest(undefined, { annotations: { "example.long": "y".repeat(100_000) } }),
    "temporary",
  );
  await must(image.send("DELETE", `manifests/${deleted.digest}`));

  const bytes = utf8(JSON.stringify(await image.imageManifest()));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-512", bytes as BufferSource));
  const sha512 = `sha512:${Buffer.from(hash).toString("hex")}`;
  await must(image.putManifest(sha512, bytes, manifestType));
  const loose = await image.pushBlob(randomContent(100));

  const digests = [
    ...[...children, index, signature, large, deleted].map(({ digest }) => `manifests/${digest}`),
    `manifests/${sha512}`,
    `referrers/${index.digest}`,
    ...[big, empty, strong, foreign, loose].map(({ digest }) => `blobs/${digest}`),
  ];
  return { name: image.name, digests };
}

export async function fillRegistry(api: Api): Promise<RegistryContent> {
  const [owner, member, stranger] = [await signUp(api), await signUp(api), await signUp(api)];
  const organization = await makeOrganization(api, owner);
  const hidden = await makeOrganization(api, owner);
  await setRole(api, owner, organization, member, "write");
  const { as: key } = await makeKey(api, owner, ["publish"]);
  const policy = { rules: [{ tags: ["nightly-*"], keepLast: 3 }] };
  const retention = `/api/v1/namespaces/orgs/${organization}/retention`;
  await must(api.send("PUT", retention, { as: owner.session, json: { policy } }));
  const names = await modules(api, owner);
  const { name, digests } = await images(api, owner, organization);
  const inside = new Repository(api, `orgs/${hidden}/inside`, owner.session);
  await publishModule(inside, "1.0.0");
  await setVisibility(api, owner.session, `/api/v1/namespaces/orgs/${hidden}`, "private");

  // What was read above is counted a moment later; from then on nothing changes by itself.
  const counted = async (one: string) =>
    (await api.read<{ downloads: number }>("GET", `/api/v1/artifacts/${one}`)).downloads > 0;
  for (const one of names.slice(0, 2)) await until(`downloads of ${one}`, () => counted(one));

  const repositories = [...names, name, inside.name];
  const namespaces = [`users/${owner.handle}`, `users/${member.handle}`, `orgs/${organization}`, `orgs/${hidden}`];
  const versions = ["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1", "0.1.0", "2.0.0"];
  const paths = [
    ...namespaces.flatMap((one) => [`/api/v1/namespaces/${one}`, `/api/v1/namespaces/${one}/members`]),
    retention,
    "/api/v1/artifacts?limit=100",
    "/api/v1/auth/me",
    "/v2/_catalog",
    ...repositories.flatMap((one) => [
      `/api/v1/artifacts/${one}`,
      `/api/v1/artifacts/${one}/versions`,
      ...versions.map((version) => `/api/v1/artifacts/${one}/versions/${version}`),
      `/api/v1/resolve?ref=${one}@^1`,
      `/api/v1/resolve?ref=${one}@latest`,
      `/v2/${one}/tags/list`,
      ...[...versions, "latest", "stable", "large", "temporary"].map((tag) => `/v2/${one}/manifests/${tag}`),
    ]),
    ...digests.map((rest) => `/v2/${name}/${rest}`),
  ];
  return { owner, member, stranger, key, paths };
}
