import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import type { Segment } from "./tables.ts";
import { blobStoreOf } from "../../storage/index.ts";
import { type Client, contentOf, sha256, signUp } from "../../testing/client.ts";
import { rows } from "../../testing/graph.ts";

let client: Client;
beforeAll(async () => {
  client = await signUp();
});

const modes = ["one POST", "POST and PUT", "streamed PATCH", "chunks", "mount"] as const;
type Mode = (typeof modes)[number];
interface Upload {
  readonly content: number;
  readonly mode: Mode;
  readonly repository: number;
}

async function upload(text: string, mode: Mode, repository: string, from: string): Promise<number> {
  const digest = await sha256(text);
  const at = `/v2/${repository}/blobs/uploads/`;
  const put = async (location: string, body?: string) =>
    (await client.send("PUT", `${location}?digest=${digest}`, body === undefined ? {} : { body })).status;
  if (mode === "one POST") return (await client.send("POST", `${at}?digest=${digest}`, { body: text })).status;
  const started = await client.send("POST", mode === "mount" ? `${at}?mount=${digest}&from=${from}` : at);
  if (started.status === 201) return 201;
  const location = started.headers.get("location") ?? "";
  if (mode === "POST and PUT" || mode === "mount") return put(location, text);
  const cuts = mode === "chunks" ? [0, Math.floor(text.length / 2), text.length] : [0, text.length];
  for (const [i, start] of cuts.slice(0, -1).entries()) {
    const end = cuts[i + 1] ?? start;
    const headers: Record<string, string> = mode === "chunks" ? { "Content-Range": `${start}-${end - 1}` } : {};
    await client.send("PATCH", location, { body: text.slice(start, end), headers });
  }
  return put(location);
}

/** Objects below blobs/ and their bytes. */
async function stored(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { key, size } of blobStoreOf(env).list("blobs/")) found.set(key, size);
  return found;
}

it("P22: one copy of each content is stored, however, wherever and how often at once it is uploaded", async () => {
  let run = 0;
  let before = await stored();
  const uploads = fc.array(
    fc.record<Upload>({ content: fc.nat(1), mode: fc.constantFrom(...modes), repository: fc.nat(2) }),
    { minLength: 2, maxLength: 7 },
  );
  await fc.assert(
    fc.asyncProperty(uploads, fc.boolean(), async (given, together) => {
      const name = (repository: number) => client.repository(`run-${run}-${repository}`);
      const text = (content: number) => `content ${content} of run ${run}, long enough to be cut`;
      run += 1;
      const one = (u: Upload) => upload(text(u.content), u.mode, name(u.repository), name((u.repository + 1) % 3));
      const statuses: number[] = [];
      if (together) statuses.push(...(await Promise.all(given.map(one))));
      else for (const u of given) statuses.push(await one(u));
      expect(statuses).toEqual(given.map(() => 201));

      const contents = [...new Set(given.map((u) => text(u.content)))];
      const digests = await Promise.all(contents.map(sha256));
      const records = await rows<{ segments: string }>(
        "SELECT segments FROM blobs WHERE digest IN (SELECT value FROM json_each(?))",
        JSON.stringify(digests),
      );
      const kept = records.flatMap((record) => JSON.parse(record.segments) as Segment[]);
      const after = await stored();
      const added = [...after].filter(([key]) => !before.has(key));
      before = after;
      expect(records).toHaveLength(contents.length);
      expect(new Map(added)).toEqual(new Map(kept.map(({ key, size }) => [key, size])));
      expect(added.reduce((sum, [, size]) => sum + size, 0)).toBe(
        contents.reduce((sum, content) => sum + content.length, 0),
      );
      for (const u of given) {
        const pulled = await client.send("GET", `/v2/${name(u.repository)}/blobs/${await sha256(text(u.content))}`);
        expect(await contentOf(pulled)).toBe(text(u.content));
      }
    }),
    { numRuns: 100 },
  );
}, 120_000);
