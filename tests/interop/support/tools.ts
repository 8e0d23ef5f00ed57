import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { repositoryRoot } from "../../../scripts/wrangler.ts";

export const toolNames = ["skopeo", "umoci", "podman", "oras", "crane", "cosign", "versitygw"] as const;
export type Tool = (typeof toolNames)[number];

export const searchPath = [
  join(repositoryRoot, ".cache", "tools", "bin"),
  ...(process.env["PATH"] ?? "").split(delimiter),
];

/**
 * Arguments of a skopeo copy that keeps every byte. Clients of one machine share a record of which layers are the same
 * file system in another compression, and skopeo would otherwise push podman's form of a layer instead of ours.
 */
export const exactCopy = ["copy", "--preserve-digests"] as const;

export interface ToolRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
}

/** Runs a program and resolves with what it said, whatever its exit code. */
export async function tryTool(name: Tool, args: readonly string[], options: ToolOptions = {}): Promise<ToolRun> {
  const child = spawn(name, [...args], {
    ...(options.cwd ? { cwd: options.cwd } : {}),
    env: { ...process.env, PATH: searchPath.join(delimiter), ...options.env },
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: Number(code), stdout, stderr };
}

/** Runs a program that has to succeed and resolves with its standard output. */
export async function runTool(name: Tool, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryTool(name, args, options);
  if (code === 0) return stdout;
  throw new Error(`${name} ${args.join(" ")} ended with ${code}:\n${stderr}${stdout}`);
}

async function isInstalled(name: string): Promise<boolean> {
  const found = await Promise.all(
    searchPath.map((folder) =>
      access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** The programs of this suite that are not on this machine. */
export async function missingTools(): Promise<Tool[]> {
  const installed = await Promise.all(toolNames.map(isInstalled));
  return toolNames.filter((_, index) => !installed[index]);
}
