import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { type AddressInfo } from "node:net";
import { dirname } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ExitedEarly, type ProcessOptions, spawnRegistry } from "../harness/registry-process.ts";
import { newDataFolder, startForTest } from "./data-folder.ts";

/** What a server that cannot start says. */
async function refusal(options: ProcessOptions): Promise<ExitedEarly> {
  try {
    await (await spawnRegistry(options)).stop();
  } catch (error) {
    if (error instanceof ExitedEarly) return error;
    throw error;
  }
  throw new Error("the server started");
}

async function expectSentence(options: ProcessOptions, sentence: RegExp): Promise<void> {
  const { exitCode, stderr } = await refusal(options);
  expect(stderr.trim()).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(exitCode).toBe(1);
}

describe("a server that cannot start says why in one sentence", () => {
  it("when the port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    await expectSentence({ data: await newDataFolder(), port }, new RegExp(`^Port ${port} on 127.0.0.1 is in use`));
  });

  it.each([
    [{ GATI_STORE: "tape" }, /^The blob store is not configured: GATI_STORE: only disk, r2 and s3 are known\.$/],
    [{ GATI_STORE: "s3", GATI_S3_BUCKET: "blobs" }, /^An S3 store needs all of GATI_S3_ENDPOINT, /],
    [{ GATI_STORE: "s3", GATI_S3_ENDPOINT: "minio:9000" }, /GATI_S3_ENDPOINT/],
  ])("when the blob store's settings are wrong: %j", async (env, sentence) => {
    await expectSentence({ data: await newDataFolder(), env }, sentence);
  });

  it.each([
    [{ GATI_LIMITS: "read=many" }, /^The registry is not configured: GATI_LIMITS: "read=many" is not <name>=/],
    [{ GATI_ADDRESS_HEADER: "X-Real-IP, Forwarded" }, /: GATI_ADDRESS_HEADER: it has to be the name of one header/],
    [{ GATI_SIGN_UP: "no" }, /: GATI_SIGN_UP: only open and closed are known\.$/],
    [{ GATI_MAX_BODY: "100MB" }, /: GATI_MAX_BODY: it has to be a number of bytes, 5000000 or more\.$/],
    [{ GATI_MAX_BODY: "1000" }, /: GATI_MAX_BODY: it has to be a number of bytes, 5000000 or more\.$/],
    [{ GATI_OIDC_ISSUERS: "http://ci.example" }, /: GATI_OIDC_ISSUERS: "http:\/\/ci\.example" is not /],
  ])("when a setting of the registry is wrong: %j", async (env, sentence) => {
    await expectSentence({ data: await newDataFolder(), env }, sentence);
  });

  it("when another server uses the data folder", async () => {
    const data = await newDataFolder();
    const first = await startForTest({ data });
    await expectSentence({ data }, new RegExp(`in use by another registry server \\(process ${first.pid}\\)`));
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
  });

  it("when the data folder is a file, or below one", async () => {
    const data = await newDataFolder();
    await mkdir(dirname(data), { recursive: true });
    await writeFile(data, "");
    await expectSentence({ data }, /is not a folder\.$/);
    await expectSentence({ data: `${data}/below` }, /is not a folder\.$/);
  });

  it("when the data folder cannot be written", async () => {
    // Root may write everywhere that is a real file system, so root gets one that is none.
    if (process.getuid?.() === 0) return expectSentence({ data: "/proc/gati" }, /cannot be written/);
    const data = await newDataFolder();
    await mkdir(data, { recursive: true });
    await chmod(data, 0o500);
    await expectSentence({ data }, /cannot be written/);
  });

  it("when the secrets are damaged", async () => {
    const data = await newDataFolder();
    await mkdir(data, { recursive: true });
    await writeFile(`${data}/secrets.json`, '{"tokenKey":');
    await expectSentence({ data }, /secrets\.json is damaged/);
  });

  it.each([
    ["an unknown option", ["--prot", "1"], /^Unknown option '--prot'/],
    ["no port", ["--port", "high"], /^"high" is not a port/],
    ["an address of another machine", ["--host", "192.0.2.1"], /192\.0\.2\.1 is not an address of this machine/],
    ["an unknown log form", ["--log", "xml"], /--log takes "file" or "json"/],
  ])("when given %s", async (_, args, sentence) => {
    await expectSentence({ data: await newDataFolder(), args }, sentence);
  });
});
