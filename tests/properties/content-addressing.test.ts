import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { shared } from "../http/support/api.ts";
import { type Person, signUp } from "../http/support/people.ts";
import { digestOf, Repository, streamed } from "../http/support/repository.ts";

let owner: Person;
let repository: Repository;
beforeAll(async () => {
  owner = await signUp(shared);
  repository = Repository.fresh(shared, owner);
});

/** How one request of an upload carries its bytes. */
const manners = ["ranged", "ranged, length unknown", "plain", "plain, length unknown"] as const;
type Manner = (typeof manners)[number];

interface Push {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
  readonly manners: readonly Manner[];
  readonly lastInPut: boolean;
  readonly algorithm: "sha256" | "sha512";
  readonly announced: "sha256" | "sha512" | undefined;
}

const small = fc.uint8Array({ maxLength: 300 });
/** Long enough for several reads and hash windows. */
const large = fc.tuple(fc.integer({ min: 60_000, max: 400_000 }), fc.integer()).map(([length, seed]) => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 2_654_435_761 + seed) >> 13;
  return bytes;
});

const pushOf = (content: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Push> =>
  content.chain((bytes) =>
    fc.record({
      bytes: fc.constant(bytes),
      cuts: fc
        .array(fc.nat(bytes.length), { maxLength: 5 })
        .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), bytes.length]),
      manners: fc.array(fc.constantFrom(...manners), { minLength: 7, maxLength: 7 }),
      lastInPut: fc.boolean(),
      algorithm: fc.constantFrom("sha256", "sha512"),
      announced: fc.constantFrom(undefined, "sha256", "sha512"),
    }),
  );

function request(manner: Manner, bytes: Uint8Array, start: number) {
  const headers: Record<string, string> = {};
  if (manner.startsWith("ranged") && bytes.length > 0)
    headers["Content-Range"] = `${start}-${start + bytes.length - 1}`;
  return { headers, body: manner.endsWith("unknown") ? streamed(bytes, 997) : bytes };
}

async function upload({ bytes, cuts, manners: chosen, lastInPut, algorithm, announced }: Push): Promise<Response> {
  let location = await repository.startUpload(announced ? `?digest-algorithm=${announced}` : "");
  const pieces = cuts.slice(0, -1).map((start, i) => ({ start, bytes: bytes.subarray(start, cuts[i + 1]) }));
  const last = lastInPut ? pieces.pop() : undefined;
  for (const [i, piece] of pieces.entries()) {
    const patched = await repository.send("PATCH", location, request(chosen[i] as Manner, piece.bytes, piece.start));
    expect([patched.status, patched.headers.get("oci-upload-offset")]).toEqual([
      202,
      String(piece.start + piece.bytes.length),
    ]);
    location = patched.headers.get("location") ?? "";
  }
  const put = `${location}?digest=${digestOf(bytes, algorithm)}`;
  return repository.send("PUT", put, last ? request(chosen.at(-1) as Manner, last.bytes, last.start) : {});
}

it("P1: whatever the bytes and however they are cut, the stored content has the digest that was given", async () => {
  await fc.assert(
    fc.asyncProperty(
      pushOf(fc.oneof({ weight: 7, arbitrary: small }, { weight: 1, arbitrary: large })),
      async (given) => {
        const digest = digestOf(given.bytes, given.algorithm);
        const pushed = await upload(given);
        expect([pushed.status, pushed.headers.get("docker-content-digest")]).toEqual([201, digest]);
        const pulled = await repository.send("GET", `blobs/${digest}`);
        expect(digestOf(new Uint8Array(await pulled.arrayBuffer()), given.algorithm)).toBe(digest);
      },
    ),
    { numRuns: 150 },
  );
});

it("P1: a digest that the bytes do not have is never stored, however they are cut", async () => {
  // Where nothing else is stored: a byte or two would meet what another test stored rightly.
  const empty = Repository.fresh(shared, owner);
  await fc.assert(
    fc.asyncProperty(pushOf(small), fc.nat(), async (given, where) => {
      const sent = given.bytes.length === 0 ? new Uint8Array([1]) : given.bytes.slice();
      const claimed = sent.slice();
      claimed[where % sent.length] = (claimed[where % sent.length] ?? 0) ^ 1;
      const digest = digestOf(claimed, given.algorithm);
      const location = await empty.startUpload();
      await empty.send("PATCH", location, request(given.manners[0] as Manner, sent, 0));
      expect((await empty.send("PUT", `${location}?digest=${digest}`)).status).toBe(400);
      expect(await empty.head(`blobs/${digest}`)).toBe(404);
    }),
    { numRuns: 100 },
  );
});
