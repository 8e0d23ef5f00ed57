import { posix } from "node:path";

/**
 * The walls of docs/architecture.md that a lint rule cannot express, because they depend on which file imports which.
 * The others are `no-restricted-imports` rules in .oxlintrc.json.
 */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

interface Import {
  readonly specifier: string;
  /** Path of the imported file from the repository's root; absent for packages. */
  readonly target?: string;
  readonly line: number;
}

/** Files that speak SQL: the store and tables of a domain, the projection of events, and the shared column helpers. */
const sqlFiles =
  /^workers\/(tables|domains\/[a-z-]+\/(store|tables)|domains\/artifacts\/(projection|projected-rows|rename-rows)|domains\/blobs\/(garbage|whole-upload-store)|domains\/backup\/records|domains\/auth\/(session|factor)-store|domains\/second-factor\/(passkey|proof|rule)-store|domains\/accounts\/departure|storage\/columns)\.ts$/;

/** Imports that pass a domain's front door although it is not `index.ts`, each for a reason. */
const doors: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  // Joins name the tables of other domains; drizzle-kit reads all of them from one file.
  { from: sqlFiles, to: /\/tables\.ts$/ },
  // The routers mount the REST resources.
  { from: /^workers\/(app|api)\.ts$/, to: /\/([a-z]+-)*routes\.tsx?$/ },
  // The composition root names who asks; through auth's index it would import itself.
  { from: /^workers\/context\.ts$/, to: /^workers\/domains\/auth\/actor\.ts$/ },
  // The namespace graph appends events; their projection into D1, and its rows for comparison, are the artifacts' own affair.
  {
    from: /^workers\/objects\/namespace-graph\//,
    to: /^workers\/domains\/artifacts\/(projection|projected-rows)\.ts$/,
  },
];

const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;
const keyPattern = /["'`](?:blobs|manifests)\//;
const bucketPattern = /\.(?:BLOBS|DISK)\b/;

function lineOf(source: string, index: number): number {
  return source.slice(0, index).split("\n").length;
}

function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? "";
    const line = lineOf(source, match.index);
    if (!specifier.startsWith(".")) return { specifier, line };
    return { specifier, line, target: posix.join(posix.dirname(file), specifier) };
  });
}

function domainOf(file: string): string | undefined {
  return /^workers\/domains\/([a-z-]+)\//.exec(file)?.[1];
}

function importFault(file: string, { specifier, target }: Import): string | undefined {
  if (specifier.startsWith("drizzle-orm") && !sqlFiles.test(file)) return "only a domain's store.ts speaks SQL";
  if (target === undefined) return undefined;
  const domain = domainOf(target);
  if (domain === undefined || domain === domainOf(file) || target.endsWith(`/${domain}/index.ts`)) return undefined;
  if (doors.some((door) => door.from.test(file) && door.to.test(target))) return undefined;
  return `${target} is private to its domain: import workers/domains/${domain}/index.ts`;
}

function lineFault(file: string, text: string): string | undefined {
  const surface = /^workers\/(protocols|web|graphql)\//.test(file);
  if (keyPattern.test(text) && !surface && file !== "workers/storage/paths.ts") {
    return "only workers/storage/paths.ts builds object keys";
  }
  if (bucketPattern.test(text) && !file.startsWith("workers/storage/"))
    return "only workers/storage touches the bucket";
  return undefined;
}

/** Checks one source file of the worker. `file` is its path from the repository's root, with `/`. */
export function findViolations(file: string, source: string): Violation[] {
  if (!/^(workers|queues)\/.*\.tsx?$/.test(file) || /\.test\.tsx?$|^workers\/testing\//.test(file)) return [];
  const imports = importsOf(file, source).flatMap((one) => {
    const message = importFault(file, one);
    return message === undefined ? [] : [{ file, line: one.line, message }];
  });
  const lines = source.split("\n").flatMap((text, index) => {
    const message = lineFault(file, text);
    return message === undefined ? [] : [{ file, line: index + 1, message }];
  });
  return [...imports, ...lines];
}
