import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A port on loopback that nobody uses. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  // Listening on a port, not a pipe.
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
