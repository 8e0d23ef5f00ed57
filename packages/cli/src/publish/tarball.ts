import { Parser, type ReadEntry } from "tar";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Writable } from "node:stream";
import { CliError } from "../failure.ts";
import type { GatiManifest, JsonObject } from "../sdk.ts";
import { mergeManifests } from "./read-module.ts";

const wanted = /^[^/]+\/(gati-module\.json|gati\.manifest\.json|package\.json)$/;
const maxManifestBytes = 4 * 1024 * 1024;

function parse(name: string, text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch (cause) {
    throw new CliError("content_invalid", `${name} in the archive is not JSON.`, ["Pack the module again."], { cause });
  }
}

/**
 * Reads the manifest out of a packed module (`npm pack`, `gati module publish --dry-run --out`), which is published as it
 * is, byte for byte. Throws `content_invalid` when the file is no such archive.
 */
export async function readTarballManifest(path: string): Promise<GatiManifest> {
  const texts = new Map<string, string>();
  const parser = new Parser({ strict: true });
  parser.on("entry", (entry: ReadEntry) => {
    const name = wanted.exec(entry.path)?.[1];
    if (name === undefined || entry.size > maxManifestBytes) {
      entry.resume();
      return;
    }
    const parts: Buffer[] = [];
    entry.on("data", (part: Buffer) => parts.push(part));
    entry.on("end", () => texts.set(name, Buffer.concat(parts).toString("utf8")));
  });
  try {
    await pipeline(createReadStream(path), parser as unknown as Writable);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new CliError("file_missing", `There is no file ${path}.`, ["Check the path, or run `npm pack` first."], {
        cause,
      });
    }
    throw new CliError(
      "content_invalid",
      `${path} is not a gzip-compressed tar archive.`,
      ["Make one with `npm pack`."],
      { cause },
    );
  }
  const gati = texts.get("gati-module.json") ?? texts.get("gati.manifest.json");
  const packageJson = texts.get("package.json");
  if (gati === undefined && packageJson === undefined) {
    throw new CliError("manifest_missing", `${path} holds no gati-module.json and no package.json.`, [
      "Make the archive with `npm pack` in the module's directory.",
    ]);
  }
  return mergeManifests(
    gati === undefined ? undefined : parse("gati-module.json", gati),
    packageJson === undefined ? undefined : parse("package.json", packageJson),
  );
}
