import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Who runs a suite: it makes repositories of its own below `namespace`. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly namespace: string;
}

export interface SuiteResult {
  readonly name: string;
  readonly passed: number;
  /** Names of the tests that failed. */
  readonly failures: readonly string[];
  /** Names of the tests that did not run although the registry offers what they test. */
  readonly skipped: readonly string[];
}

/** Runs a suite's program and resolves with its standard output; its standard error goes to this process's. */
export async function runSuite(program: string, cwd: string, env: Record<string, string>): Promise<string> {
  const child = spawn(program, [], { cwd, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return output;
}

/** The test cases of a JUnit report, with the status that the suite gave each. */
export function readJunit(xml: string): readonly { readonly name: string; readonly status: string }[] {
  return [...xml.matchAll(/<testcase\b([^>]*)>/g)].map(([, attributes = ""]) => ({
    name: /\bname="([^"]*)"/.exec(attributes)?.[1] ?? "",
    status: /\bstatus="([^"]*)"/.exec(attributes)?.[1] ?? "",
  }));
}
