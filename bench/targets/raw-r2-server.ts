/**
 * A worker that does nothing but put a request's body into a simulated R2 bucket and get it out again: what the bucket
 * alone costs. Takes the port and a folder; says "ready" when it listens; ends with its standard input.
 */
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";

const script = `export default {
  async fetch(request, env) {
    const key = new URL(request.url).pathname.slice(1);
    if (request.method === "PUT") {
      await env.BLOBS.put(key, request.body);
      return new Response(null, { status: 201 });
    }
    const object = await env.BLOBS.get(key);
    const headers = { "Content-Type": "application/octet-stream", "Content-Length": String(object.size) };
    return new Response(object.body, { headers });
  },
};`;

const [port, folder = ""] = process.argv.slice(2);
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    resourcePersistencePath: folder,
    workers: [
      {
        name: "raw-r2",
        script,
        modules: true,
        compatibilityDate: "2026-10-20",
        r2Buckets: { BLOBS: "raw" },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }],
      },
    ],
  }),
);
await miniflare.ready;
console.log("ready");
process.stdin.resume().on("end", () => void miniflare.dispose().then(() => process.exit(0)));
