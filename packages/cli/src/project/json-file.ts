import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { CliError } from "../failure.ts";
import { type JsonObject, RegistryError } from "../sdk.ts";

/** Reads a JSON object, or undefined when there is no such file. Throws `project_invalid` when it is something else. */
export async function readJsonFile(path: string): Promise<{ document: JsonObject; indent: string } | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const document: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof document !== "object" || document === null || Array.isArray(document))
      throw new TypeError("it is not an object");
    return { document: document as JsonObject, indent: /^([ \t]+)"/m.exec(text)?.[1] ?? "  " };
  } catch (cause) {
    const why = cause instanceof RegistryError || cause instanceof Error ? cause.message : String(cause);
    throw new CliError(
      "project_invalid",
      `${path} cannot be read: ${why}.`,
      [`Correct ${basename(path)} so that it is one JSON object.`],
      { cause },
    );
  }
}

/** Writes the whole file or, when that fails, leaves the old one. */
export async function writeJsonFile(path: string, document: object, indent = "  "): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(document, null, indent)}\n`);
}
