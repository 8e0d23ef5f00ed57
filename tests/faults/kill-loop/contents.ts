import { contentOf } from "../../harness/content.ts";
import { digestOf } from "../../http/support/repository.ts";
import type { Random } from "./random.ts";
import type { Content } from "./model.ts";

/** Contents that all repositories push, mount and delete at once: what is stored once for all of them. */
const sharedContents = 12;
/** From one piece to several, so that a kill can come between two pieces. */
const largest = 400_000;
let made = 0;

const named = (name: string, size: number): Content => {
  const bytes = contentOf(name, size);
  return { bytes, digest: digestOf(bytes) };
};

const shared = Array.from({ length: sharedContents }, (_, i) => named(`shared ${i}`, 1 + ((i * 7919 * 13) % largest)));

export const sharedContent = (random: Random): Content => random.pick(shared);

/** Content that nobody has pushed before. */
export function newContent(random: Random): Content {
  made += 1;
  return named(
    `content ${made} of ${random.next()}`,
    random.chance(0.6) ? random.between(1, 4_000) : random.between(1, largest),
  );
}

export function textContent(text: string): Content {
  const bytes = new TextEncoder().encode(text);
  return { bytes, digest: digestOf(bytes) };
}
