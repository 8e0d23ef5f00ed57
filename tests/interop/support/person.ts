import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import { createClient } from "../../../packages/sdk/src/index.ts";
import { type Tool, type ToolRun, runTool, tryTool } from "./tools.ts";

/** Someone with an account and a home of their own, in which clients keep their logins. */
export interface Person {
  readonly handle: string;
  readonly password: string;
  /** API key with the scope publish. */
  readonly key: string;
  readonly home: string;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** `127.0.0.1:<port>/users/<handle>/<name>`. */
  image(name: string): string;
  /** Runs a client that has to succeed; resolves with its output without the last line break. */
  run(tool: Tool, ...args: string[]): Promise<string>;
  /** Runs a client whatever comes of it. */
  attempt(tool: Tool, ...args: string[]): Promise<ToolRun>;
}

/** Makes an account with a fresh home, at the suite's registry or another. Nobody is logged in anywhere yet. */
export async function newPerson(url = inject("interopUrl")): Promise<Person> {
  const host = new URL(url).host;
  const account = { handle: `p${randomBytes(6).toString("hex")}`, password: randomBytes(12).toString("hex") };
  const { token } = await createClient({ registry: url }).auth.signUp(account);
  const client = createClient({ registry: url, credential: { token } });
  const { key } = await client.auth.createKey({ name: "interop", scopes: ["publish"] });
  const home = await mkdtemp(join(inject("interopHomes"), "home-"));
  const docker = join(home, ".docker");
  await mkdir(docker, { recursive: true });
  const env = {
    HOME: home,
    DOCKER_CONFIG: docker,
    REGISTRY_AUTH_FILE: join(docker, "config.json"),
    XDG_RUNTIME_DIR: home,
    // cosign asks for a password otherwise.
    COSIGN_PASSWORD: "interop",
  };
  return {
    ...account,
    key,
    home,
    host,
    image: (name) => `${host}/users/${account.handle}/${name}`,
    run: async (tool, ...args) => (await runTool(tool, args, { env, cwd: home })).trim(),
    attempt: (tool, ...args) => tryTool(tool, args, { env, cwd: home }),
  };
}
