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
    ["noughts for a doubled o", "r00t", "root"],
    ["noughts at the end of a word", "kangar00", "kangaroo"],
    ["all at once", "a-drn1nns", "admin"],
  ])("is the same for %s", (_, one, other) => expect(skeleton(one)).toBe(skeleton(other)));

  it.each([
    ["numbers", "client-1", "client-11"],
    ["numbers that end a word", "bob1", "bob11"],
    ["numbers with noughts", "agent100", "agent10"],
    ["numbers that begin a word", "100b", "10b"],
    ["short names with an s", "js", "j"],
    ["other letters", "react", "preact"],
  ])("differs for %s", (_, one, other) => expect(skeleton(one)).not.toBe(skeleton(other)));

  it("does not see separators, whatever the name", () => {
    // Letters at the seam: a separator sets a number apart, which is then not a letter in disguise.
    const word = fc.stringMatching(/^[a-uw-z][a-z0-9]{0,9}[a-uw-z]$/);
    fc.assert(
      fc.property(word, word, fc.constantFrom("-", "_", "."), (one, other, between) => {
        expect(skeleton(one + between + other)).toBe(skeleton(one + other));
      }),
      { numRuns: 300 },
    );
  });

  it("does not see which of the letters that look alike was used, whatever the name", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-hj-km-np-z][a-z]{0,18}[a-hj-km-np-z]$/),
        fc.infiniteStream(fc.boolean()),
        (name, choices) => {
          const next = () => choices.next().value as boolean;
          const other: Record<string, string> = { o: "0", l: "1", i: "l" };
          const written = name.replaceAll(/[oli]/g, (one) => (next() ? (other[one] ?? one) : one));
          expect(skeleton(written)).toBe(skeleton(name));
        },
      ),
      { numRuns: 300 },
    );
  });
});
