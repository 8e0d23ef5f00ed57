import type { ApiError } from "../sdk.ts";
import type { Output } from "./output.ts";

/** Shorter waits are not worth a line. */
const worthTellingMs = 2000;

/** Says what is waited for, once for requests that wait at the same time. */
export function pauseNotes(output: Output): (ms: number, error: ApiError) => void {
  let saidUntil = 0;
  return (ms, error) => {
    const until = Date.now() + ms;
    if (ms < worthTellingMs || until <= saidUntil + worthTellingMs) return;
    saidUntil = until;
    output.note(`${error.message} Going on in ${Math.ceil(ms / 1000)} s.`);
  };
}
