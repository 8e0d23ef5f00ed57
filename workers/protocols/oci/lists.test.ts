import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { type Client, pushBlob, sha256, signUp } from "../../testing/client.ts";

const many = 1203;
const manifestType = "application/vnd.oci.image.manifest.v1+json";
let client: Client;
let repository: string;
let subject: string;

/** Too many to push one by one: one real referrer, and its row again under other digests. */
beforeAll(async () => {
  client = await signUp();
  repository = client.repository("thing");
  subject = await sha256("subject");
  const config = await pushBlob(client, repository, "{}");
  const referrer = {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: "application/vnd.example.many",
    config,
    layers: [],
    subject: { mediaType: manifestType, digest: subject, size: 7 },
  };
  const body = JSON.stringify(referrer);
  const pushed = await client.send("PUT", `/v2/${repository}/manifests/${await sha256(body)}`, {
    body,
    headers: { "Content-Type": manifestType },
  });
  expect(pushed.status).toBe(201);
  const digests = await Promise.all(Array.from({ length: many - 1 }, (_, i) => sha256(`referrer ${i}`)));
  await env.DB.prepare(
    `INSERT INTO manifests (artifact_id, digest, media_type, artifact_type, size, subject, annotations, object_key, body, pushed_at)
     SELECT artifact_id, wanted.value, media_type, iif(wanted.key % 400 = 0, 'application/vnd.example.rare', artifact_type), size, subject,
       annotations, object_key, body, pushed_at FROM manifests, json_each(?) AS wanted WHERE subject = ?`,
  )
    .bind(JSON.stringify(digests), subject)
    .run();
});

async function follow(first: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = first; next;) {
    const response = await client.send("GET", next);
    expect(response.headers.get("content-type")).toBe("application/vnd.oci.image.index.v1+json");
    pages.push((await response.json<{ manifests: { digest: string }[] }>()).manifests.map((one) => one.digest));
    next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return pages;
}

it("many referrers come in pages, each once, whose Links lead to the end", async () => {
  const pages = await follow(`/v2/${repository}/referrers/${subject}`);
  expect(pages.map((page) => page.length)).toEqual([500, 500, 203]);
  expect(new Set(pages.flat()).size).toBe(many);
});

it("the Link keeps the filter", async () => {
  expect(
    (await follow(`/v2/${repository}/referrers/${subject}?artifactType=application/vnd.example.many`)).map(
      (page) => page.length,
    ),
  ).toEqual([500, 500, 199]);
  expect(
    (await follow(`/v2/${repository}/referrers/${subject}?artifactType=application/vnd.example.rare`)).map(
      (page) => page.length,
    ),
  ).toEqual([4]);
});
