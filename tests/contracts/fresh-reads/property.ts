import fc from "fast-check";
import { apply, contents, labelNames, type State, versionNames, type Write } from "./model.ts";
import { expected, questions } from "./questions.ts";
import { type Caller, type Servers, World } from "./world.ts";

/** For so long a server may tell strangers what was true before a change that was made at another, in milliseconds. */
const bound = 2_000;

const label = fc.constantFrom(...labelNames);
const version = fc.constantFrom(...versionNames);
const content = fc.constantFrom(...contents);

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), tag: fc.oneof(label, version), content }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pushByRest" as const), tag: version, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("deleteTag" as const), tag: fc.oneof(label, version) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("deleteManifest", "deleteLayer"), content }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unpublish" as const), tag: version }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("deprecate" as const),
      tag: version,
      message: fc.constantFrom("old", null),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("hide" as const),
      what: fc.constantFrom("artifact", "namespace"),
      hidden: fc.boolean(),
    }),
  },
);

const who = fc.constantFrom<Caller>("stranger", "stranger", "member", "writer");

interface Step {
  readonly write: Write;
  readonly at: number;
  /** Who asks everything before, while and after it is written, and where. */
  readonly looks: readonly { readonly caller: Caller; readonly at: number; readonly when: "during" | "after" }[];
  /** Milliseconds until the next step. */
  readonly pause: number;
}

const stepOf = (servers: number): fc.Arbitrary<Step> => {
  const at = fc.nat(servers - 1);
  const look = fc.record({ caller: who, at, when: fc.constantFrom("during", "after") });
  return fc.record({
    write,
    at,
    looks: fc.array(look, { maxLength: 3 }),
    pause: fc.constantFrom(0, 1, 700, 1_999, 2_001),
  });
};

interface Moment {
  readonly state: State;
  /** When it began to be true, and at which server that was made so. */
  readonly since: number;
  readonly madeAt: number;
}

/** States that a server may still tell of: from the last change made there on, and not over for longer than the bound. */
function tellable(history: readonly Moment[], at: number, now: number): State[] {
  const own = history.findLastIndex((moment) => moment.madeAt === at);
  return history
    .filter((_, i) => i >= own && (history[i + 1]?.since ?? now) >= now - bound)
    .map((moment) => moment.state);
}

/** Asks everything; each answer must be that of a state which may be told. */
async function askAll(
  world: World,
  history: readonly Moment[],
  caller: Caller,
  at: number,
  also: State[] = [],
): Promise<void> {
  const told = tellable(history, at, world.servers.now());
  const current = history.slice(-1).map((moment) => moment.state);
  await Promise.all(
    questions.map(async (question) => {
      const states = [...(question.remembered(caller) ? told : current), ...also];
      const allowed = [...new Set(states.map((state) => expected(question, world, caller, state)))];
      const answer = await question.ask(world, at, caller);
      if (allowed.includes(answer)) return;
      throw new Error(`${caller} at ${at}: ${question.text} is ${answer}, may be ${allowed.join(" or ")}`);
    }),
  );
}

async function step(world: World, history: Moment[], { write: change, at, looks, pause }: Step): Promise<void> {
  const { servers } = world;
  const before = history.at(-1)?.state as State;
  const state = structuredClone(before);
  const status = apply(state, change);
  const during = looks
    .filter((one) => one.when === "during")
    .map((one) => askAll(world, history, one.caller, one.at, [state]));
  const written = await world.write(at, change);
  if (written !== status) throw new Error(`${JSON.stringify(change)} answered ${written}, expected ${status}`);
  await Promise.all(during);
  history.push({ state, since: servers.now(), madeAt: at });
  for (const one of looks) if (one.when === "after") await askAll(world, history, one.caller, one.at);
  servers.advance(pause);
}

/**
 * P9 and P20: whatever is published, moved, deleted, deprecated, hidden and shown, in whatever order and wherever, a
 * change shows at once to everybody where it was made and to those who are signed in wherever tags and documents are
 * asked for; and to everybody everywhere within the bound. Nobody is ever told what was not true within it.
 */
export function freshReads(servers: Servers, numRuns: number): Promise<void> {
  const steps = fc.array(stepOf(servers.count), { minLength: 2, maxLength: 8, size: "max" });
  return fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { world, state } = await World.create(servers);
      const history: Moment[] = [{ state, since: servers.now(), madeAt: 0 }];
      for (const one of all) await step(world, history, one);
      servers.advance(bound + 1);
      for (let at = 0; at < servers.count; at++)
        for (const caller of ["stranger", "member"] as const) await askAll(world, history.slice(-1), caller, at);
    }),
    { numRuns },
  );
}
