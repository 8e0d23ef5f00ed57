import { expect, it } from "vitest";
import { contentOf, digestOfContent } from "../harness/content.ts";
import { shared } from "../http/support/api.ts";
import { signUp } from "../http/support/people.ts";
import { digestOf, Repository, streamed } from "../http/support/repository.ts";

const uploads = 100;
const downloads = 1_000;
const size = 100_000;

it("100 uploads and 1,000 downloads at once all end well", async () => {
  const repository = Repository.fresh(shared, await signUp(shared));
  const names = Array.from({ length: uploads }, (_, i) => `crowd ${repository.name} ${i}`);
  const push = async (name: string, i: number): Promise<number> => {
    const bytes = contentOf(name, size);
    const location = await repository.startUpload();
    // Half of them as docker sends a layer, half of them in chunks.
    const headers = i % 2 === 0 ? {} : { "Content-Range": `0-${size - 1}` };
    const { status } = await repository.send("PATCH", location, {
      body: i % 2 === 0 ? streamed(bytes) : bytes,
      headers,
    });
    if (status !== 202) return status;
    return (await repository.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status;
  };
  expect(new Set(await Promise.all(names.map(push)))).toEqual(new Set([201]));

  const digests = names.map((name) => digestOfContent(name, size));
  const pull = async (_: unknown, i: number): Promise<boolean> => {
    const digest = digests[i % uploads] ?? "";
    const response = await repository.send("GET", `blobs/${digest}`);
    return digestOf(new Uint8Array(await response.arrayBuffer())) === digest;
  };
  const pulled = await Promise.all(Array.from({ length: downloads }, pull));
  expect(pulled.filter((whole) => !whole)).toEqual([]);
}, 60_000);
