import { contents, labelNames, type State, tagsOf, versionNames } from "./model.ts";
import type { Caller, World } from "./world.ts";

/** Something to ask about a repository. Answers are short texts, so that they can be compared. */
export interface Question {
  readonly text: string;
  ask(world: World, at: number, caller: Caller): Promise<string>;
  /** What the answer must be in a state of which the caller may know. */
  answer(world: World, state: State): string;
  /** What is said to somebody who may not know. */
  readonly refusal: string;
  /** Whether a server may answer from what it remembers. */
  remembered(caller: Caller): boolean;
}

const send = (world: World, at: number, caller: Caller, method: string, path: string) =>
  world.servers.send(at, caller, { method, path });

/** HEAD of something under /v2: its status and digest. */
function head(
  text: string,
  path: (world: World) => string,
  digest: (world: World, state: State) => string | undefined,
  remembered: Question["remembered"],
): Question {
  return {
    text,
    remembered,
    refusal: "401",
    async ask(world, at, caller) {
      const { status, headers } = await send(world, at, caller, "HEAD", `/v2/${world.repository}/${path(world)}`);
      return status === 200 ? String(headers.get("docker-content-digest")) : String(status);
    },
    answer: (world, state) => digest(world, state) ?? "404",
  };
}

/** GET of a JSON document: what `pick` takes out of it. */
function document<T>(
  text: string,
  path: (world: World) => string,
  pick: (document: T) => unknown,
  more: Pick<Question, "answer" | "refusal" | "remembered">,
): Question {
  return {
    text,
    ...more,
    async ask(world, at, caller) {
      const response = await send(world, at, caller, "GET", path(world));
      if (response.status === 200) return JSON.stringify(pick(await response.json()));
      await response.arrayBuffer();
      return String(response.status);
    },
  };
}

const everybody = () => true;
const nobody = () => false;
const strangers = (caller: Caller) => caller === "stranger";
const digestOf = (world: World, content: number | undefined) =>
  content === undefined ? undefined : world.contents[content]?.digest;

/** Everything that a repository can be asked, over OCI and REST. */
export const questions: readonly Question[] = [
  ...[...labelNames, ...versionNames, "latest"].map((tag) =>
    head(
      `tag ${tag}`,
      () => `manifests/${tag}`,
      (world, state) => digestOf(world, tagsOf(state).get(tag)),
      strangers,
    ),
  ),
  ...contents.flatMap((content) => [
    head(
      `manifest ${content}`,
      (world) => `manifests/${digestOf(world, content)}`,
      (world, state) => (state.manifests.has(content) ? digestOf(world, content) : undefined),
      everybody,
    ),
    head(
      `layer ${content}`,
      (world) => `blobs/${world.contents[content]?.layerDigest}`,
      (world, state) => (state.layers.has(content) ? world.contents[content]?.layerDigest : undefined),
      everybody,
    ),
  ]),
  document<{ tags: string[] }>(
    "tags",
    ({ repository }) => `/v2/${repository}/tags/list`,
    ({ tags }) => tags,
    {
      answer: (_, state) => JSON.stringify([...tagsOf(state).keys()].toSorted()),
      refusal: "401",
      remembered: strangers,
    },
  ),
  document<{ versions: { version: string; digest: string; deprecation: string | null }[] }>(
    "versions",
    ({ repository }) => `/api/v1/artifacts/${repository}/versions`,
    ({ versions }) => versions.map(({ version, digest, deprecation }) => [version, digest, deprecation]),
    {
      answer: (world, { versions }) =>
        JSON.stringify(
          [...versions]
            .filter(([, { gone }]) => !gone)
            .toSorted(([a], [b]) => (a < b ? 1 : -1))
            .map(([name, { content, deprecation }]) => [name, digestOf(world, content), deprecation]),
        ),
      refusal: "404",
      remembered: nobody,
    },
  ),
  document<{ visibility: string; latest: string | null }>(
    "artifact",
    ({ repository }) => `/api/v1/artifacts/${repository}`,
    ({ visibility }) => visibility,
    {
      answer: (_, { hidden }) => JSON.stringify(hidden.artifact ? "private" : "public"),
      refusal: "404",
      remembered: nobody,
    },
  ),
];

/** What the caller must be told in a state. */
export function expected(question: Question, world: World, caller: Caller, state: State): string {
  const hidden = state.hidden.artifact || state.hidden.namespace;
  return hidden && caller === "stranger" ? question.refusal : question.answer(world, state);
}
