import { curl } from "../clients/curl.ts";
import type { SampleBlob } from "../sample-blob.ts";
import type { Target } from "../targets/target.ts";
import type { Scenario } from "./scenario.ts";

const octets = ["-H", "Content-Type: application/octet-stream"];
const nothing = ["--data-binary", ""];

const begin = (target: Target) =>
  curl(target, 202, `${target.url}/v2/${target.repository("blobs")}/blobs/uploads/`, ["-X", "POST", ...nothing]);

function withDigest(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url.href;
}

/** Moves a blob and resolves with the seconds that its requests took. */
export type Transfer = (target: Target, blob: SampleBlob) => Promise<number>;

/** As docker, podman and skopeo push: POST, one PATCH whose length they do not state, empty PUT. */
const streamed: Transfer = async (target, blob) => {
  const post = await begin(target);
  const body = ["-X", "PATCH", ...octets, "-H", "Transfer-Encoding: chunked", "-T", blob.file];
  const patch = await curl(target, 202, post.location, body);
  const put = await curl(target, 201, withDigest(patch.location, blob.digest), ["-X", "PUT", ...nothing]);
  return post.seconds + patch.seconds + put.seconds;
};

/** As the Gati CLI pushes large blobs: POST, a PATCH for each chunk, empty PUT. */
const chunked: Transfer = async (target, blob) => {
  const post = await begin(target);
  let { location } = post;
  let seconds = post.seconds;
  for (const chunk of blob.chunks) {
    const range = ["-H", `Content-Range: ${chunk.start}-${chunk.end}`];
    const patch = await curl(target, 202, location, ["-X", "PATCH", ...octets, ...range, "-T", chunk.file]);
    seconds += patch.seconds;
    location = patch.location;
  }
  const put = await curl(target, 201, withDigest(location, blob.digest), ["-X", "PUT", ...nothing]);
  return seconds + put.seconds;
};

/** As oras, helm and zb push: POST, PUT with everything. */
const monolithic: Transfer = async (target, blob) => {
  const post = await begin(target);
  const body = ["-X", "PUT", ...octets, "-T", blob.file];
  const put = await curl(target, 201, withDigest(post.location, blob.digest), body);
  return post.seconds + put.seconds;
};

export const pull: Transfer = async (target, blob) => {
  const url = `${target.url}/v2/${target.repository("blobs")}/blobs/${blob.digest}`;
  return (await curl(target, 200, url, [])).seconds;
};

export const pushes = {
  "push, one PATCH of unstated length": streamed,
  "push, chunks of 10 MB": chunked,
  "push, one PUT": monolithic,
} as const;

/** A large blob, fresh for every push, in every way that clients push, and back. `blobOf` writes it to a file. */
export function transferScenarios(size: number, blobOf: (size: number) => Promise<SampleBlob>): Scenario[] {
  const last = new Map<Target, SampleBlob>();
  const pushing = Object.entries(pushes).map(([name, push]): Scenario => {
    let blob: SampleBlob | undefined;
    return {
      name,
      unit: "s",
      goal: 1.5,
      writes: size,
      setUp: async () => void (blob = await blobOf(size)),
      async measure(target) {
        if (!blob) throw new Error("there is a blob for every round");
        last.set(target, blob);
        return push(target, blob);
      },
    };
  });
  const pulling: Scenario = {
    name: "pull",
    unit: "s",
    goal: 1,
    async measure(target) {
      const blob = last.get(target);
      if (!blob) throw new Error("pulls come after the pushes");
      return pull(target, blob);
    },
  };
  return [...pushing, pulling];
}
