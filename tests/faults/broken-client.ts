import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { authorization, type Credential } from "../http/support/api.ts";

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly as: Credential;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that speaks HTTP by hand, so that it can stop in the middle of a body. */
export class BrokenClient {
  readonly #socket: Socket;
  #received = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    // A reset is what these tests are about.
    socket.on("error", () => undefined);
    socket.setEncoding("latin1").on("data", (text: string) => (this.#received += text));
  }

  /** Connects and sends the head of a request. */
  static async send(url: string, { method, path, as, headers = {} }: RawRequest): Promise<BrokenClient> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const lines = Object.entries({ Host: host, Authorization: authorization(as), ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const client = new BrokenClient(socket);
    await client.write(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    return client;
  }

  /** Resolves when the bytes have left this process. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => this.#socket.write(bytes, (error) => (error ? reject(error) : resolve())));
  }

  /** Goes away as a crashed client does. */
  vanish(): void {
    this.#socket.resetAndDestroy();
  }

  /** Says that nothing more comes, and waits for what the server says to that: its status, or undefined for none. */
  async finish(): Promise<number | undefined> {
    this.#socket.end();
    await once(this.#socket, "close");
    const status = /^HTTP\/1\.1 (\d{3})/.exec(this.#received)?.[1];
    return status === undefined ? undefined : Number(status);
  }
}
