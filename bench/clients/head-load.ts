import { connect } from "node:net";
import { accepted } from "./http.ts";
import type { Target } from "../targets/target.ts";
import type { Load } from "./wrk.ts";

const ok = "HTTP/1.1 200";
const end = "\r\n\r\n";

/**
 * HEAD requests per second over `connections` connections. wrk waits for the body that a HEAD's Content-Length speaks
 * of, so this counts answers on plain sockets: an answer to HEAD ends with its headers. Throws on any answer but 200.
 */
export async function headLoad(target: Target, load: Load): Promise<number> {
  const { hostname, port, host } = new URL(target.url);
  const more = Object.entries(load.headers ?? {})
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const request = `HEAD ${load.path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${accepted}\r\n${more}\r\n`;
  const start = performance.now();
  const deadline = start + load.seconds * 1000;
  let answers = 0;
  const converse = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(request));
      let text = "";
      socket.setNoDelay(true).setEncoding("latin1");
      socket.on("error", reject);
      socket.on("close", () => reject(new Error(`${target.name} closed the connection`)));
      socket.on("data", (piece: string) => {
        text += piece;
        if (!text.endsWith(end)) return;
        if (!text.startsWith(ok)) return reject(new Error(`${target.name} answered ${text.split("\r\n")[0]}`));
        text = "";
        answers += 1;
        if (performance.now() < deadline) return socket.write(request);
        socket.removeAllListeners("close").end();
        return resolve();
      });
    });
  await Promise.all(Array.from({ length: load.connections }, converse));
  return answers / ((performance.now() - start) / 1000);
}
