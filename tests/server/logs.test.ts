import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { until } from "../harness/until.ts";
import { newDataFolder, startForTest } from "./data-folder.ts";

function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Record<string, unknown> => JSON.parse(line));
}

it("writes one JSON line for every request, in the log file", async () => {
  const data = await newDataFolder();
  const server = await startForTest({ data });
  const response = await fetch(`${server.url}/api/v1/artifacts`);
  const requestId = response.headers.get("x-request-id");
  const line = await until("the request in the log", async () =>
    parseLines(await readFile(join(data, "logs", "registry.log"), "utf8")).find(
      (one) => one["requestId"] === requestId,
    ),
  );
  expect(line).toMatchObject({ method: "GET", path: "/api/v1/artifacts", status: 200 });
});

it("repeats them on standard output with --log json", async () => {
  const server = await startForTest({ data: await newDataFolder(), args: ["--empty", "--log", "json"] });
  const response = await fetch(`${server.url}/health`);
  const requestId = response.headers.get("x-request-id") ?? "none";
  await until("the request on standard output", () => server.output.some((line) => line.includes(requestId)));
});
