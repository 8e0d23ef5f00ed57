import { parseArgs } from "node:util";

export const groupNames = [
  "limits",
  "transfers",
  "small",
  "requests",
  "signed-in",
  "zb",
  "r2",
  "cost",
  "worker",
] as const;
export type GroupName = (typeof groupNames)[number];

export interface Options {
  readonly groups: readonly GroupName[];
  /** Only scenarios whose name contains this. */
  readonly scenario: string;
  /** Rounds that count; one more warms up. */
  readonly runs: number;
  /** Bytes of a large blob. */
  readonly size: number;
  /** Length of one round of requests. */
  readonly seconds: number;
  /** Print tables in Markdown. */
  readonly markdown: boolean;
  /** Put the tables into docs/performance.md. */
  readonly docs: boolean;
}

export const usage = `Usage: npm run bench [-- OPTIONS]

  --only A,B        groups to run (default all): ${groupNames.join(", ")}
  --scenario TEXT   only scenarios whose name contains TEXT
  --runs N          rounds that count (default 5)
  --megabytes N     size of the large blob (default 100)
  --seconds N       length of one round of requests (default 2)
  --markdown        print the tables in Markdown
  --docs            put the tables into docs/performance.md
  --help            show this

Every group starts its servers and stops them. Results also go to results/bench.json.`;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a whole number above 0, not "${text}".`);
}

function isGroup(name: string): name is GroupName {
  return (groupNames as readonly string[]).includes(name);
}

/** Reads the command line. Returns "help" when asked for it; throws an Error that says what is wrong. */
export function parseOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: groupNames.join(",") },
      scenario: { type: "string", default: "" },
      runs: { type: "string", default: "5" },
      megabytes: { type: "string", default: "100" },
      seconds: { type: "string", default: "2" },
      markdown: { type: "boolean", default: false },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const groups = values.only.split(",").map((name) => {
    if (isGroup(name)) return name;
    throw new Error(`--only knows ${groupNames.join(", ")}, not "${name}".`);
  });
  return {
    groups,
    scenario: values.scenario,
    runs: positive("runs", values.runs),
    size: positive("megabytes", values.megabytes) * 1_000_000,
    seconds: positive("seconds", values.seconds),
    markdown: values.markdown,
    docs: values.docs,
  };
}
