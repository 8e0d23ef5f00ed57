import { writeLog } from "./log.ts";

/** Lines wait this long for company, in milliseconds. */
const patience = 20;
const maxLines = 200;

let lines: string[] = [];
/** Until then a flush is on its way. A flush that was lost with its request is made up for after that. */
let expected = 0;

function flush(): void {
  if (lines.length > 0) writeLog(lines.join("\n"));
  lines = [];
  expected = 0;
}

/**
 * Logs a line together with others of the same moment. On one machine every line that is logged alone crosses to the
 * server's own process, and one crossing per request costs a quarter of its throughput; a crash loses the lines of the
 * last 20 milliseconds. On Cloudflare each line is its own log event, so this is not used there.
 */
export function logTogether(line: string, afterwards: (work: Promise<void>) => void): void {
  lines.push(line);
  if (lines.length >= maxLines) return flush();
  const now = Date.now();
  if (now < expected) return;
  expected = now + 10 * patience;
  afterwards(scheduler.wait(patience).then(flush));
}
