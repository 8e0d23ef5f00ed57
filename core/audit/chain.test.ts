import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../manifests/json.ts";
import { ChainCheck, type ChainHead, emptyChain, link } from "./chain.ts";
import { type AuditEntry, type AuditRecord, byItself } from "./entry.ts";

const chain = "a-namespace";
const record = fc.record({
  id: fc.uuid(),
  at: fc.nat(),
  action: fc.constantFrom("member.set", "version.published", "key.revoked"),
  target: fc.string({ unit: "grapheme" }),
  origin: fc.constant(byItself),
  details: fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue() as fc.Arbitrary<JsonValue>),
});
const records = fc.uniqueArray(record, { selector: ({ id }) => id, minLength: 2, maxLength: 12 });

function chained(all: readonly AuditRecord[]): AuditEntry[] {
  let head: ChainHead = emptyChain;
  return all.map((one) => {
    const entry = link(chain, head, one);
    head = entry;
    // As it is stored and sent.
    return JSON.parse(JSON.stringify(entry)) as AuditEntry;
  });
}

function check(entries: readonly AuditEntry[], from?: ChainHead) {
  const following = new ChainCheck(chain, from);
  for (const entry of entries) following.add(entry);
  return following;
}

describe("a chain of audit entries", () => {
  it("holds when nobody touched it, from its beginning and behind any entry", () => {
    fc.assert(
      fc.property(records, fc.nat(), (all, at) => {
        const entries = chained(all);
        expect(check(entries).broken).toBeUndefined();
        const known = entries[at % entries.length];
        if (known) expect(check(entries.slice(known.seq), known).broken).toBeUndefined();
      }),
    );
  });

  it("shows every entry that is missing, doubled or exchanged with another", () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(), (all, one, two) => {
        const entries = chained(all);
        const [a, b] = [one % entries.length, two % entries.length];
        // What was cut off at the end is seen by whoever knows how long the log was.
        if (a < entries.length - 1) expect(check(entries.toSpliced(a, 1)).broken?.kind).toBe("gap");
        const first = entries[a];
        const second = entries[b];
        if (!first || !second) return;
        expect(check(entries.toSpliced(a, 0, first)).broken).toBeDefined();
        if (a !== b) expect(check(entries.with(a, second).with(b, first)).broken).toBeDefined();
      }),
    );
  });

  it("shows every change of any field, and names the entry", () => {
    const edits: ((entry: AuditEntry) => AuditEntry)[] = [
      (entry) => ({ ...entry, at: entry.at + 1 }),
      (entry) => ({ ...entry, target: `${entry.target}.` }),
      (entry) => ({ ...entry, action: "nothing.happened" }),
      (entry) => ({ ...entry, id: `${entry.id}0` }),
      (entry) => ({ ...entry, details: { ...entry.details, more: 1 } }),
      (entry) => ({ ...entry, origin: { ...entry.origin, address: "192.0.2.1" } }),
      (entry) => ({ ...entry, origin: { ...entry.origin, actor: { kind: "anonymous" } } }),
      (entry) => ({ ...entry, hash: entry.hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) }),
    ];
    fc.assert(
      fc.property(records, fc.nat(), fc.constantFrom(...edits), (all, at, edit) => {
        const entries = chained(all);
        const victim = entries[at % entries.length];
        if (!victim) return;
        expect(check(entries.with(victim.seq - 1, edit(victim))).broken).toMatchObject({
          seq: victim.seq,
          kind: "edited",
        });
      }),
    );
  });

  it("cannot be mended by hashing an edited entry anew: the next one gives it away", () => {
    const entries = chained(fc.sample(records, { numRuns: 1, seed: 4 })[0] ?? []);
    const [first] = entries;
    if (!first) throw new Error("no entry");
    const forged = link(chain, emptyChain, { ...first, target: "something else" });
    expect(check([forged, ...entries.slice(1)]).broken).toMatchObject({ seq: 2, kind: "edited" });
  });

  it("takes no entry of another namespace's log", () => {
    const foreign = link("another", emptyChain, fc.sample(record, { numRuns: 1, seed: 4 })[0] as AuditRecord);
    expect(check([foreign]).broken?.kind).toBe("foreign");
  });
});
