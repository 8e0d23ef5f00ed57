import type { Rate } from "./gcra.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Where calls are counted: in each isolate (cheap, for floods) or in one place for all of them (for quotas). */
export type Counting = "isolate" | "exact";

interface Policy extends Rate {
  readonly counting: Counting;
}

/** What is limited unless the operator says otherwise (GATI_LIMITS). `docs/operations.md` explains each. */
const defaults = {
  /** GET and HEAD, per user or address. */
  read: { limit: 6000, window: minute, burst: 6000, counting: "isolate" },
  /** Everything else, per user or address. */
  write: { limit: 1200, window: minute, burst: 1200, counting: "isolate" },
  /** New versions, per user. */
  publish: { limit: 10, window: minute, burst: 100, counting: "exact" },
  /** Wrong passwords, per account and address. */
  "sign-in": { limit: 10, window: minute, burst: 10, counting: "exact" },
  /** Wrong passwords of one account, whatever the address. */
  account: { limit: 100, window: hour, burst: 100, counting: "exact" },
  /** Wrong codes and passkeys of one account, whatever the address and whatever asked for them. */
  "second-factor": { limit: 20, window: hour, burst: 20, counting: "exact" },
  /** Wrong credentials of any kind, per address. */
  credential: { limit: 60, window: minute, burst: 60, counting: "isolate" },
  /** New accounts, per address. */
  "sign-up": { limit: 10, window: hour, burst: 10, counting: "exact" },
  /** Mails that somebody asks for, per account they name. */
  mail: { limit: 5, window: hour, burst: 5, counting: "exact" },
  /** People invited, per account that invites. */
  invitation: { limit: 50, window: hour, burst: 50, counting: "exact" },
  /** Sign-ins begun with a provider, and devices that ask to be let in, per address. */
  provider: { limit: 120, window: hour, burst: 60, counting: "exact" },
  device: { limit: 120, window: hour, burst: 60, counting: "exact" },
  /** Codes of devices that are typed wrongly, per user and per address. */
  "user-code": { limit: 10, window: 10 * minute, burst: 10, counting: "exact" },
  /** Passwords asked to be reset, and tokens of mails presented, per address. */
  recovery: { limit: 30, window: hour, burst: 30, counting: "exact" },
} as const satisfies Record<string, Policy>;

export type PolicyName = keyof typeof defaults;
/** A policy that is switched off is undefined. */
export type Policies = Readonly<Record<PolicyName, Policy | undefined>>;

const units: Readonly<Record<string, number>> = { s: second, m: minute, h: hour };

/**
 * Reads `GATI_LIMITS`: `off`, or words such as `read=6000/1m`, `publish=10/1m:100` (burst 100) and `write=off`; what is
 * not named keeps its default. Throws a plain Error that quotes the word it does not understand.
 */
export function parsePolicies(text: string | undefined): Policies {
  const words = (text ?? "").trim();
  const names = Object.keys(defaults) as PolicyName[];
  const policies: Record<PolicyName, Policy | undefined> = { ...defaults };
  if (words === "off") for (const name of names) policies[name] = undefined;
  else for (const word of words.split(/[\s,]+/).filter(Boolean)) apply(policies, word);
  return policies;
}

function apply(policies: Record<PolicyName, Policy | undefined>, word: string): void {
  const [, name = "", value = ""] = /^([a-z-]+)=(.+)$/.exec(word) ?? [];
  if (!Object.hasOwn(defaults, name)) throw faulty(word);
  const policy = name as PolicyName;
  if (value === "off") {
    policies[policy] = undefined;
    return;
  }
  const [, limit, count, unit = "", burst] =
    /^([1-9]\d{0,8})\/([1-9]\d{0,3})([smh])(?::([1-9]\d{0,8}))?$/.exec(value) ?? [];
  if (limit === undefined) throw faulty(word);
  policies[policy] = {
    limit: Number(limit),
    window: Number(count) * (units[unit] ?? second),
    burst: Number(burst ?? limit),
    counting: defaults[policy].counting,
  };
}

function faulty(word: string): Error {
  const names = Object.keys(defaults).join(", ");
  return new Error(`GATI_LIMITS: "${word}" is not <name>=<count>/<n><s|m|h>[:<burst>] or <name>=off; names: ${names}`);
}
