/** Characters that are taken for a letter at a glance. Names are lower-case ASCII, so these are all there are. */
const alike: Readonly<Record<string, string>> = { "0": "o", "1": "l", i: "l" };

interface Letter {
  readonly shown: string;
  /** A digit of a number: 11 is not 1, and 100 is not 10. */
  readonly number: boolean;
}

/**
 * The letters of a part between separators. Digits at its beginning or end are a number, and digits inside are letters in
 * disguise; so are noughts at the end of a word.
 */
function lettersOf(part: string): Letter[] {
  const first = /^\d*/.exec(part)?.[0].length ?? 0;
  const last = /\d*$/.exec(part)?.[0] ?? "";
  const end = last !== part && /^0*$/.test(last) ? part.length : part.length - last.length;
  return [...part].map((one, at) => ({ shown: alike[one] ?? one, number: at < first || at >= end }));
}

/** One letter for several: `aa` is read as `a`. */
const collapsed = (letters: readonly Letter[]) =>
  letters
    .filter(({ shown, number }, at) => {
      const before = letters[at - 1];
      return before?.shown !== shown || (before.number && number);
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
  const letters = name.split(/[-_.]/).flatMap((part) => lettersOf(part.replaceAll("vv", "w")));
  const once = collapsed(letters).replaceAll("rn", "m").replaceAll("mm", "m");
  return once.length >= shortestPlural && once.endsWith("s") ? once.slice(0, -1) : once;
}
