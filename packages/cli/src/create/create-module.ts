import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../failure.ts";
import { parseArtifactName, parseArtifactReference } from "../sdk.ts";

export const moduleTypes = ["node", "wasm", "oci", "binary", "external"] as const;
export type ModuleType = (typeof moduleTypes)[number];

export interface CreatedModule {
  readonly name: string;
  readonly type: ModuleType;
  readonly directory: string;
  readonly files: readonly string[];
}

/** `templates/` stands beside `dist/` when built and two levels above this file when not. */
async function templateDirectory(type: ModuleType): Promise<string> {
  for (const relative of [`../templates/${type}`, `../../templates/${type}`]) {
    const path = fileURLToPath(new URL(relative, import.meta.url));
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return path;
  }
  throw new Error(`the template ${type} is missing from this installation`);
}

/** The name alone, and as the manifest writes it. */
function names(text: string): { name: string; packageName: string } {
  if (!text.includes("/")) return { name: parseArtifactName(text), packageName: text };
  const { handle, name } = parseArtifactReference(text);
  return { name, packageName: `@${handle}/${name}` };
}

/**
 * Starts a module from a template. Throws `name_invalid` when the name is none, `directory_not_empty` when there is something
 * in the way: nothing is ever overwritten.
 *
 * @param reference `my-module` or `@handle/my-module`
 */
export async function createModule(
  cwd: string,
  reference: string,
  type: ModuleType,
  into?: string,
): Promise<CreatedModule> {
  const { name, packageName } = names(reference);
  const directory = resolve(cwd, into ?? name);
  if ((await readdir(directory).catch(() => [])).length > 0) {
    throw new CliError("directory_not_empty", `${directory} is not empty.`, [
      "Choose another name, or another directory with --directory.",
    ]);
  }
  const fill = (text: string): string => text.replaceAll("{{name}}", name).replaceAll("{{packageName}}", packageName);
  const source = await templateDirectory(type);
  const files: string[] = [];
  for (const path of await readdir(source, { recursive: true })) {
    if (!(await stat(join(source, path))).isFile()) continue;
    // `.template` hides files that npm, test runners and editors would take for their own.
    const target = fill(path.replace(/\.template$/, ""));
    const content = fill(await readFile(join(source, path), "utf8"));
    await mkdir(dirname(join(directory, target)), { recursive: true });
    await writeFile(join(directory, target), content, { flag: "wx" });
    if (content.startsWith("#!")) await chmod(join(directory, target), 0o755);
    files.push(target);
  }
  return { name, type, directory, files: files.toSorted() };
}
