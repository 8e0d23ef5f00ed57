/** Characters that are taken for a letter at a glance. Names are lower-case ASCII, so these are all there are. */
const alike: Readonly<Record<string, string>> = { "0": "o", "1": "l", i: "l" };

/** One letter for several: `aa` is read as `a`. A run of digits is a number and stays what it is: 11 is not 1. */
const collapsed = (letters: readonly { readonly shown: string; readonly digit: boolean }[]) =>
  letters
    .filter(({ shown, digit }, at) => {
      const before = letters[at - 1];
      return before?.shown !== shown || (before.digit && digit);
    })
    .map(({ shown }) => shown)
    .join("");

/** Shorter names keep a final `s`: it is no plural in `js` or `css`. */
const shortestPlural = 4;

/**
 * What is left of a handle or an artifact's name when everything is taken away that the eye passes over: 0 and o, 1, l and
 * i, rn and m, vv and w, doubled letters, separators, a plural. Names with the same skeleton are look-alikes. It is
 * compared, never shown. Its input is a legal name.
 */
export function skeleton(name: string): string {
  const bare = name.replaceAll(/[-_.]/g, "").replaceAll("vv", "w");
  const letters = [...bare].map((one) => ({ shown: alike[one] ?? one, digit: one >= "0" && one <= "9" }));
  const once = collapsed(letters).replaceAll("rn", "m").replaceAll("mm", "m");
  return once.length >= shortestPlural && once.endsWith("s") ? once.slice(0, -1) : once;
}
