import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Outcome } from "../../../core/errors.ts";
import { parseHandle, parseRepository } from "../../../core/identifiers.ts";
import { freshNamespace, publication } from "../../testing/graph.ts";
import { verbContext } from "../../testing/account.ts";
import { listArtifacts, readArtifact } from "../artifacts/index.ts";
import { auditNote } from "../audit/index.ts";
import { settle } from "./settle.ts";
import { deleteVerification, listVerifications, startRow } from "./store.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

const subjects = ["one.example", "two.example"] as const;
const names = ["alpha", "beta"] as const;
const who = fc.nat(1);
const step = fc.oneof(
  fc.record({ do: fc.constant("publish" as const), who, name: fc.constantFrom(...names) }),
  fc.record({ do: fc.constant("rename" as const), who, name: fc.constantFrom(...names) }),
  fc.record({ do: fc.constant("start" as const), who, subject: fc.constantFrom(...subjects) }),
  fc.record({ do: fc.constant("prove" as const), who, subject: fc.constantFrom(...subjects) }),
  fc.record({ do: fc.constant("lose" as const), who, subject: fc.constantFrom(...subjects) }),
  fc.record({ do: fc.constant("remove" as const), who, subject: fc.constantFrom(...subjects) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Space = Awaited<ReturnType<typeof freshNamespace>>;
const day = 24 * 60 * 60 * 1000;

/** One publisher, and a model of what it has proved and published. */
class World {
  readonly proved = new Map<string, "pending" | "verified" | "ended">();
  readonly artifacts = new Set<string>();
  readonly #space: Space;
  readonly #verb = verbContext();
  #count = 0;

  constructor(space: Space) {
    this.#space = space;
  }

  async run(action: Step): Promise<void> {
    const { namespaceId, userId, namespace } = this.#space.origin;
    const { ctx } = this.#verb;
    const note = auditNote(ctx, { namespaceId }, "test", namespace);
    if (action.do === "publish") {
      const taken = unwrapped(
        await this.#space.run(
          "publishManifest",
          await publication(`${++this.#count}`, { name: action.name, version: `1.0.${this.#count}` }),
        ),
      );
      if (taken) this.artifacts.add(action.name);
      return;
    }
    if (action.do === "rename") {
      const to = `${action.name}-${++this.#count}`;
      if (unwrapped(await this.#space.run("rename", { name: action.name as never, to: to as never }))) {
        this.artifacts.delete(action.name);
        this.artifacts.add(to);
      }
      return;
    }
    const { subject } = action;
    const state = this.proved.get(subject);
    const row = (await listVerifications(ctx.db, namespaceId)).find((one) => one.subject === subject);
    if (action.do === "start") {
      const at = new Date(ctx.now());
      const fresh = {
        id: crypto.randomUUID(),
        namespaceId,
        kind: "domain" as const,
        subject,
        token: "t",
        state: "pending" as const,
      };
      await startRow(ctx.db, { ...fresh, startedBy: userId, startedAt: at }, 20, note);
      if (state === undefined || state === "ended") this.proved.set(subject, "pending");
      return;
    }
    if (!row || state === undefined) return;
    if (action.do === "remove") {
      await deleteVerification(ctx.db, namespaceId, row.id, note);
      this.proved.delete(subject);
      return;
    }
    const due = { ...row, namespaceKind: "users" as const, handle: parseHandle(namespace.split("/")[1] ?? "") };
    if (action.do === "prove") {
      if (state === "ended") return;
      await settle(ctx, due, { finding: "proved", method: "dns" }, "schedule");
      this.proved.set(subject, "verified");
      return;
    }
    if (state !== "verified") return;
    // Three checks over three days; the rest of the proof's life is checked elsewhere.
    for (const days of [0, 2, 4]) {
      const now = (await listVerifications(ctx.db, namespaceId)).find((one) => one.subject === subject);
      if (!now) return;
      const later = { ...ctx, now: () => Date.now() + days * day };
      await settle(later, { ...due, ...now }, { finding: "absent", method: "dns" }, "schedule");
    }
    this.proved.set(subject, "ended");
  }

  async check(): Promise<void> {
    const { ctx } = this.#verb;
    const [, handle = ""] = this.#space.origin.namespace.split("/");
    const badge = [...this.proved]
      .filter(([, state]) => state === "verified")
      .map(([subject]) => subject)
      .toSorted();
    const shown = (publisher: { verified: readonly { subject: string }[] }) =>
      publisher.verified.map(({ subject }) => subject);
    const { artifacts } = await listArtifacts(ctx, { limit: 100, handle: parseHandle(handle) });
    expect(artifacts.map(({ name }) => name).toSorted()).toEqual([...this.artifacts].toSorted());
    for (const { publisher } of artifacts) expect(shown(publisher)).toEqual(badge);
    for (const name of this.artifacts) {
      const one = await readArtifact(ctx, parseRepository(`${this.#space.origin.namespace}/${name}`));
      expect(shown(one.publisher)).toEqual(badge);
    }
  }
}

const unwrapped = (outcome: Outcome<unknown>): boolean => outcome.ok;

describe("P13: the badge of a verified publisher", () => {
  beforeEach(async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    await env.DB.prepare("DELETE FROM verifications").run();
  });

  it("is on every artifact of the publisher and on no other, whatever comes in which order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const worlds = [new World(await freshNamespace()), new World(await freshNamespace())];
        for (const one of steps) await worlds[one.who]?.run(one);
        for (const world of worlds) await world.check();
      }),
      { numRuns: 100 },
    );
  });
});
