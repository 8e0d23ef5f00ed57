import { join } from "node:path";
import { CliError } from "../failure.ts";
import { type JsonObject, parseArtifactReference } from "../sdk.ts";
import { readJsonFile, writeJsonFile } from "./json-file.ts";

/** gati.json: the application's own manifest. Only `dependencies` is touched; everything else stays as it is. */
export interface Project {
  readonly path: string;
  readonly exists: boolean;
  readonly document: JsonObject;
  readonly indent: string;
  /** `@handle/name` to what was asked for: a range, a label or a digest. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** `@handle/name`: how a dependency is written everywhere. Throws `name_invalid` for anything that names no artifact. */
export function dependencyName(text: string): string {
  const { handle, name } = parseArtifactReference(text);
  return `@${handle}/${name}`;
}

/** Reads gati.json; an absent one is an empty project. Throws `project_invalid`. */
export async function readProject(directory: string): Promise<Project> {
  const path = join(directory, "gati.json");
  const file = await readJsonFile(path);
  const raw = file?.document["dependencies"] ?? {};
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new CliError("project_invalid", `"dependencies" in ${path} is not an object.`, [
      'Write it as { "@handle/name": "^1.0.0" }.',
    ]);
  }
  const dependencies = Object.entries(raw as JsonObject).map(([key, range]) => {
    if (typeof range === "string") return [dependencyName(key), range] as const;
    throw new CliError("project_invalid", `The range of ${key} in ${path} is not a text.`, [
      'Write a range such as "^1.0.0".',
    ]);
  });
  return {
    path,
    exists: file !== undefined,
    document: file?.document ?? {},
    indent: file?.indent ?? "  ",
    dependencies: Object.fromEntries(dependencies),
  };
}

/** Writes gati.json with other dependencies, sorted by name. */
export async function writeDependencies(
  project: Project,
  dependencies: Readonly<Record<string, string>>,
): Promise<void> {
  const sorted = Object.fromEntries(
    Object.entries(dependencies).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
  await writeJsonFile(project.path, { ...project.document, dependencies: sorted }, project.indent);
}
