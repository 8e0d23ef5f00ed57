import { curl } from "./curl.ts";
import type { SampleBlob } from "./sample-blob.ts";
import type { Target } from "./target.ts";

/** Moves a blob and resolves with the seconds that its requests took. */
export type Transfer = (target: Target, blob: SampleBlob) => Promise<number>;

const octets = ["-H", "Content-Type: application/octet-stream"];

function start(target: Target): ReturnType<typeof curl> {
  return curl(target, 202, `${target.url}/v2/${target.repository}/blobs/uploads/`, ["-X", "POST", "--data-binary", ""]);
}

function withDigest(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url.href;
}

/** As docker, skopeo and podman push: POST, one PATCH with everything, empty PUT. */
const streamed: Transfer = async (target, blob) => {
  const post = await start(target);
  const patch = await curl(target, 202, post.location, ["-X", "PATCH", ...octets, "-T", blob.file]);
  const put = await curl(target, 201, withDigest(patch.location, blob.digest), ["-X", "PUT", "--data-binary", ""]);
  return post.seconds + patch.seconds + put.seconds;
};

/** As the Gati CLI pushes large blobs: POST, a PATCH for each chunk, empty PUT. */
const chunked: Transfer = async (target, blob) => {
  const post = await start(target);
  let { location } = post;
  let seconds = post.seconds;
  for (const chunk of blob.chunks) {
    const range = ["-H", `Content-Range: ${chunk.start}-${chunk.end}`];
    const patch = await curl(target, 202, location, ["-X", "PATCH", ...octets, ...range, "-T", chunk.file]);
    seconds += patch.seconds;
    location = patch.location;
  }
  const put = await curl(target, 201, withDigest(location, blob.digest), ["-X", "PUT", "--data-binary", ""]);
  return seconds + put.seconds;
};

/** As oras and helm push: POST, PUT with everything. */
const monolithic: Transfer = async (target, blob) => {
  const post = await start(target);
  const put = await curl(target, 201, withDigest(post.location, blob.digest), [
    "-X",
    "PUT",
    ...octets,
    "-T",
    blob.file,
  ]);
  return post.seconds + put.seconds;
};

/** GET of the blob that was pushed last. */
const pull: Transfer = async (target, blob) => {
  const answer = await curl(target, 200, `${target.url}/v2/${target.repository}/blobs/${blob.digest}`, []);
  return answer.seconds;
};

export const pushes: Readonly<Record<string, Transfer>> = {
  "push, one PATCH": streamed,
  "push, 10 MB chunks": chunked,
  "push, one PUT": monolithic,
};

export const pulls: Readonly<Record<string, Transfer>> = { pull };
