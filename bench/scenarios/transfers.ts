import { curl } from "../clients/curl.ts";
import { openSession, type Session } from "../clients/push.ts";
import type { SampleBlob } from "../sample-blob.ts";
import type { Target } from "../targets/target.ts";
import type { Scenario } from "./scenario.ts";

const octets = ["-H", "Content-Type: application/octet-stream"];
const nothing = ["--data-binary", ""];

const begin = ({ target, repository, authorization }: Session) =>
  curl({ target, authorization }, 202, `${target.url}/v2/${repository}/blobs/uploads/`, ["-X", "POST", ...nothing]);

function withDigest(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url.href;
}

/** Moves a blob and resolves with the seconds that its requests took. */
export type Transfer = (session: Session, blob: SampleBlob) => Promise<number>;

/** As docker, podman and skopeo push: POST, one PATCH whose length they do not state, empty PUT. */
const streamed: Transfer = async (session, blob) => {
  const post = await begin(session);
  const body = ["-X", "PATCH", ...octets, "-H", "Transfer-Encoding: chunked", "-T", blob.file];
  const patch = await curl(session, 202, post.location, body);
  const put = await curl(session, 201, withDigest(patch.location, blob.digest), ["-X", "PUT", ...nothing]);
  return post.seconds + patch.seconds + put.seconds;
};

/** As the Gati CLI pushes large blobs: POST, a PATCH for each chunk, empty PUT. */
const chunked: Transfer = async (session, blob) => {
  const post = await begin(session);
  let { location } = post;
  let seconds = post.seconds;
  for (const chunk of blob.chunks) {
    const range = ["-H", `Content-Range: ${chunk.start}-${chunk.end}`];
    const patch = await curl(session, 202, location, ["-X", "PATCH", ...octets, ...range, "-T", chunk.file]);
    seconds += patch.seconds;
    location = patch.location;
  }
  const put = await curl(session, 201, withDigest(location, blob.digest), ["-X", "PUT", ...nothing]);
  return seconds + put.seconds;
};

/** As oras, helm and zb push: POST, PUT with everything. */
const monolithic: Transfer = async (session, blob) => {
  const post = await begin(session);
  const body = ["-X", "PUT", ...octets, "-T", blob.file];
  const put = await curl(session, 201, withDigest(post.location, blob.digest), body);
  return post.seconds + put.seconds;
};

export const pull: Transfer = async ({ target, repository, authorization }, blob) => {
  const url = `${target.url}/v2/${repository}/blobs/${blob.digest}`;
  return (await curl({ target, authorization }, 200, url, [])).seconds;
};

export const pushes = {
  "push, one PATCH of unstated length": streamed,
  "push, chunks of 10 MB": chunked,
  "push, one PUT": monolithic,
} as const;

/** A large blob, fresh for every push, in every way that clients push, and back. `blobOf` writes it to a file. */
export function transferScenarios(size: number, blobOf: (size: number) => Promise<SampleBlob>): Scenario[] {
  const last = new Map<Target, { session: Session; blob: SampleBlob }>();
  const current = (target: Target) => {
    const made = last.get(target);
    if (!made) throw new Error("there is a blob for every round, and pulls come after the pushes");
    return made;
  };
  const pushing = Object.entries(pushes).map(([name, push]): Scenario => ({
    name,
    unit: "s",
    goal: 1.5,
    writes: size,
    async setUp(target) {
      last.set(target, { session: await openSession(target, target.repository("blobs")), blob: await blobOf(size) });
    },
    measure: (target) => push(current(target).session, current(target).blob),
  }));
  const pulling: Scenario = {
    name: "pull",
    unit: "s",
    goal: 1,
    measure: (target) => pull(current(target).session, current(target).blob),
  };
  return [...pushing, pulling];
}
