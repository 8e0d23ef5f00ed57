import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { skeleton } from "./skeleton.ts";

describe("skeleton", () => {
  it.each([
    ["0 and o", "g0ogle", "google"],
    ["1 and l", "goog1e", "google"],
    ["i and l", "googie", "google"],
    ["1 and i", "adm1n", "admin"],
    ["rn and m", "adrnin", "admin"],
    ["vv and w", "vvebpack", "webpack"],
    ["a hyphen", "user-auth", "userauth"],
    ["a dot and an underscore", "user.auth", "user_auth"],
    ["a doubled letter", "suppport", "support"],
    ["a plural", "lodashs", "lodash"],
    ["a digit beside the letter that it stands for", "hel1o", "hello"],
    ["all at once", "a-drn1nns", "admin"],
  ])("is the same for %s", (_, one, other) => expect(skeleton(one)).toBe(skeleton(other)));

  it.each([
    ["numbers", "client-1", "client-11"],
    ["numbers that end a word", "bob1", "bob11"],
    ["short names with an s", "js", "j"],
    ["other letters", "react", "preact"],
  ])("differs for %s", (_, one, other) => expect(skeleton(one)).not.toBe(skeleton(other)));

  it("does not see separators, whatever the name", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);
    fc.assert(
      fc.property(word, word, fc.constantFrom("-", "_", "."), (one, other, between) => {
        expect(skeleton(one + between + other)).toBe(skeleton(one + other));
      }),
      { numRuns: 300 },
    );
  });

  it("does not see which of the letters that look alike was used, whatever the name", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,20}$/), fc.infiniteStream(fc.boolean()), (name, choices) => {
        const next = () => choices.next().value as boolean;
        const other: Record<string, string> = { o: "0", l: "1", i: "l" };
        // Of a run only one letter is replaced: two digits beside each other are a number.
        const written = name.replaceAll(/([oli])\1*/g, (run) => (next() ? other[run[0] ?? ""] + run.slice(1) : run));
        expect(skeleton(written)).toBe(skeleton(name));
      }),
      { numRuns: 300 },
    );
  });
});
