import { isDigest } from "../digests.ts";
import { RegistryError } from "../errors.ts";
import { type ArtifactName, type Handle, parseArtifactName, parseHandle } from "../identifiers.ts";
import { isTag, parseArtifactReference } from "../references.ts";
import { isRange } from "../versions.ts";
import {
  at,
  invalidField,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  objectOf,
  type Path,
  readList,
  readObject,
  readText,
} from "./json.ts";
import type { Capability, ExportedMethod, GTypeDeclaration } from "./types.ts";

/** Runs a parser of `core` and reports its refusal as a fault of the manifest's field. */
export function readWith<T>(path: Path, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw invalidField(path, `is not valid: ${error.message.replace(/\.$/, "")}`, error.suggestions, error);
  }
}

/** `@scope/name`, `handle/name`, `gati.dev/users/handle/name` or `name`. */
export function readName(value: JsonValue | undefined): { name: ArtifactName; scope?: Handle } {
  const text = readText(value, "name", 300);
  return readWith("name", () => {
    if (!text.includes("/")) return { name: parseArtifactName(text) };
    const { handle, name, selector } = parseArtifactReference(text);
    if (selector !== undefined) {
      throw new RegistryError("name_invalid", `"${text}" carries a version`, {
        suggestions: ["Write the version in its own field."],
      });
    }
    return { name, scope: handle };
  });
}

/** `gati.dev/users/krishna`, `orgs/acme`, `@krishna` or `krishna`. */
export function readScope(value: JsonValue, path: Path): Handle {
  const text = readText(value, path, 200);
  return readWith(path, () =>
    parseHandle(text.replace(/^@/, "").replace(/^(?:[^/]*[.:][^/]*\/)?(?:users|orgs)\//, "")),
  );
}

/** A person as npm writes it (`Name <mail> (url)`), from a text or `{name, email, url}`. */
export function readAuthor(value: JsonValue, path: Path): string {
  if (!isJsonObject(value)) return readText(value, path, 500);
  const { email, url } = value;
  return [
    readText(value["name"], at(path, "name"), 200),
    ...(email === undefined ? [] : [`<${readText(email, at(path, "email"), 200)}>`]),
    ...(url === undefined ? [] : [`(${readText(url, at(path, "url"), 500)})`]),
  ].join(" ");
}

/** An SPDX expression; npm's old `{type, url}` is read too. */
export function readLicense(value: JsonValue, path: Path): string {
  return isJsonObject(value) ? readText(value["type"], at(path, "type"), 200) : readText(value, path, 200);
}

/** A list of texts, or one text separated by commas. Duplicates are dropped, order is kept. */
export function readTexts(value: JsonValue, path: Path): string[] {
  const list =
    typeof value === "string" ? value.split(",").filter((part) => part.trim() !== "") : readList(value, path);
  return [...new Set(list.map((item, index) => readText(item, at(path, index), 200)))];
}

/** The web address of a repository: `git+` and `.git` are dropped, `owner/name` and `github:owner/name` are on GitHub. */
export function readRepository(value: JsonValue, path: Path): string {
  const text = isJsonObject(value) ? readText(value["url"], at(path, "url"), 1000) : readText(value, path, 1000);
  const short = /^(?:(github|gitlab|bitbucket):)?([\w.-]+\/[\w.-]+)$/.exec(text);
  if (short)
    return `https://${{ github: "github.com", gitlab: "gitlab.com", bitbucket: "bitbucket.org" }[short[1] ?? "github"]}/${short[2]}`;
  return text
    .replace(/^git\+/, "")
    .replace(/^(?:git|ssh):\/\/(?:[^@/]+@)?/, "https://")
    .replace(/^git@([^:]+):/, "https://$1/")
    .replace(/\.git$/, "");
}

function dependencyKey(text: string, path: Path): { key: string; selector?: string } {
  return readWith(path, () => {
    if (!text.includes("/")) return { key: parseArtifactName(text) };
    const { handle, name, selector } = parseArtifactReference(text);
    return { key: `@${handle}/${name}`, ...(selector === undefined ? {} : { selector }) };
  });
}

function readRange(value: JsonValue, path: Path): string {
  if (value === "") return "*";
  const text = readText(value, path, 256);
  if (isRange(text) || isTag(text) || isDigest(text)) return text;
  throw invalidField(path, `is not a version range: "${text}"`, [
    'Write a semver range such as "^1.2.0", a label such as "latest", or "*".',
  ]);
}

/** `{ref: range}`, `[{name, version}]` or `["ref@range"]`, as `{"@handle/name": range}`; later entries win. */
export function readDependencies(value: JsonValue, path: Path): Record<string, string> {
  const entries: [string, string][] = [];
  const add = (reference: string, range: JsonValue | undefined, where: Path): void => {
    const { key, selector } = dependencyKey(reference, where);
    entries.push([key, readRange(range ?? selector ?? "*", where)]);
  };
  if (isJsonObject(value)) {
    for (const [reference, range] of Object.entries(value)) add(reference, range, at(path, reference));
  } else {
    for (const [index, item] of readList(value, path).entries()) {
      const where = at(path, index);
      if (typeof item === "string") add(readText(item, where, 400), undefined, where);
      else
        add(readText(readObject(item, where)["name"], at(where, "name"), 400), (item as JsonObject)["version"], where);
    }
  }
  return objectOf(entries);
}

/** `["db:read"]` or `[{name, required?, description?, resources?}]`. A bare name is required. */
export function readCapabilities(value: JsonValue, path: Path): Capability[] {
  return readList(value, path).map((item, index): Capability => {
    const where = at(path, index);
    if (typeof item === "string") return { name: readText(item, where, 200), required: true };
    const { name, required, description, resources } = readObject(item, where);
    return {
      name: readText(name, at(where, "name"), 200),
      required: required !== false,
      ...(description === undefined ? {} : { description: readText(description, at(where, "description")) }),
      ...(resources === undefined ? {} : { resources: readTexts(resources, at(where, "resources")) }),
    };
  });
}

/** `[{name, …}]`, `{Name: {…}}` or the normal form `[{name, definition}]`. Definitions are kept in their dialect. */
export function readGTypes(value: JsonValue, path: Path): GTypeDeclaration[] {
  if (isJsonObject(value)) {
    return Object.entries(value).map(([name, definition]) => ({
      name,
      definition: readObject(definition, at(path, name)),
    }));
  }
  return readList(value, path).map((item, index) => {
    const where = at(path, index);
    const entry = readObject(item, where);
    const name = readText(entry["name"], at(where, "name"), 200);
    const normalised = isJsonObject(entry["definition"]) && Object.keys(entry).length === 2;
    return { name, definition: normalised ? (entry["definition"] as JsonObject) : entry };
  });
}

function readMethod(value: JsonValue, path: Path): ExportedMethod {
  const { name: _name, input, inputRef, inputType, output, outputRef, outputType, ...others } = readObject(value, path);
  const source = input ?? inputRef ?? inputType;
  const target = output ?? outputRef ?? outputType;
  return {
    ...others,
    ...(source === undefined ? {} : { input: readText(source, at(path, "input"), 300) }),
    ...(target === undefined ? {} : { output: readText(target, at(path, "output"), 300) }),
  } as ExportedMethod;
}

/** `{method: {inputRef, outputRef}}`, or the runtime's `[{name, inputType, outputType, …}]`. */
export function readExports(value: JsonValue, path: Path): Record<string, ExportedMethod> {
  if (isJsonObject(value)) {
    return objectOf(Object.entries(value).map(([name, method]) => [name, readMethod(method, at(path, name))]));
  }
  return objectOf(
    readList(value, path).map((method, index) => {
      const where = at(path, index);
      return [readText(readObject(method, where)["name"], at(where, "name"), 200), readMethod(method, where)];
    }),
  );
}
