/**
 * Whether a name fits a pattern in which `*` stands for any characters, also none, and `?` for one. Takes at most the
 * product of both lengths, whatever the pattern: patterns are written by users.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let [at, from] = [0, 0];
  // Where the last `*` was, and up to where it has eaten: on a mismatch it eats one more.
  let [star, eaten] = [-1, 0];
  while (from < name.length) {
    if (at < pattern.length && (pattern[at] === "?" || (pattern[at] === name[from] && pattern[at] !== "*"))) {
      at += 1;
      from += 1;
    } else if (pattern[at] === "*") {
      star = at;
      eaten = from;
      at += 1;
    } else if (star >= 0) {
      eaten += 1;
      at = star + 1;
      from = eaten;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
