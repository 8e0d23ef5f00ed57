/** A socket that throws away what it gets: what sending bytes costs by itself. Prints its port; ends with its input. */
import { type AddressInfo, createServer } from "node:net";

const server = createServer((socket) => {
  let left: number | undefined;
  socket.on("data", (chunk: Buffer) => {
    let size = chunk.byteLength;
    if (left === undefined) {
      const head = chunk.toString("latin1");
      left = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      size -= head.indexOf("\r\n\r\n") + 4;
    }
    left -= size;
    if (left <= 0) socket.end("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
}).listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on("end", () => process.exit(0));
