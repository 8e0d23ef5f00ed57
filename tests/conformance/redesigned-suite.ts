import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Account, type SuiteResult, runSuite } from "./suite.ts";

/**
 * The suite that distribution-spec redesigned in 2026 takes other settings and covers more (sha512, every push mode,
 * the `dev` version of the specification). It has no release yet: GATI_CONFORMANCE_REDESIGNED names its program.
 */
export function findRedesignedSuite(): string | undefined {
  const program = process.env["GATI_CONFORMANCE_REDESIGNED"];
  if (program === undefined) return undefined;
  if (!existsSync(program)) throw new Error(`GATI_CONFORMANCE_REDESIGNED names ${program}, which does not exist`);
  return program;
}

const apis = [
  ...["PULL", "PUSH", "REFERRER", "TAGS_ATOMIC", "TAGS_DELETE", "TAGS_LIST"],
  ...["BLOBS_ATOMIC", "BLOBS_DELETE", "BLOBS_DIGEST_HEADER", "BLOBS_MOUNT_ANONYMOUS", "BLOBS_UPLOAD_CANCEL"],
  ...["MANIFESTS_ATOMIC", "MANIFESTS_DELETE", "MANIFESTS_DIGEST_HEADER", "MANIFESTS_TAG_PARAM"],
];

/** All but SPARSE, which pushes manifests whose blobs are missing: this registry refuses those, as the spec allows. */
const data = [
  ...["IMAGE", "INDEX", "INDEX_LIST", "ARTIFACT", "ARTIFACT_LIST", "SUBJECT", "SUBJECT_MISSING", "SUBJECT_LIST"],
  ...["DATA_FIELD", "NONDISTRIBUTABLE", "CUSTOM_FIELDS", "NO_LAYERS", "EMPTY_BLOB", "SHA512"],
];

function count(output: string, label: string): number {
  return Number(new RegExp(`^  ${label}\\.+: +(\\d+)$`, "m").exec(output)?.[1] ?? 0);
}

/** Runs the redesigned suite for one version of the specification with every API and data test on. */
export async function runRedesignedSuite(
  program: string,
  version: "1.1" | "dev",
  url: string,
  account: Account,
  results: string,
): Promise<SuiteResult> {
  await mkdir(results, { recursive: true });
  const output = await runSuite(program, results, {
    ...Object.fromEntries(apis.map((name) => [`OCI_API_${name}`, "true"])),
    ...Object.fromEntries(data.map((name) => [`OCI_DATA_${name}`, "true"])),
    OCI_VERSION: version,
    OCI_REGISTRY: new URL(url).host,
    OCI_TLS: "disabled",
    OCI_REPO1: `${account.namespace}/redesigned-${version}-one`,
    OCI_REPO2: `${account.namespace}/redesigned-${version}-two`,
    // A cached token lacks the scope of a mount's source, and the suite would then upload instead of mounting.
    OCI_CACHE_AUTH: "false",
    OCI_USERNAME: account.username,
    OCI_PASSWORD: account.password,
    OCI_RESULTS_DIR: results,
    OCI_LOG: "error",
  });
  await writeFile(join(results, "output.txt"), output);
  const lines = (state: string): string[] =>
    output.split("\n").flatMap((line) => (line.endsWith(`: ${state}`) && line.includes("/") ? [line.trim()] : []));
  const complete = count(output, "Total") > 0;
  return {
    name: `OCI conformance suite, redesigned, ${version}`,
    passed: count(output, "Pass"),
    failures: complete ? [...lines("FAIL"), ...lines("Error")] : ["the suite did not finish"],
    // A registry may answer a mount without source by starting an upload, and the suite calls that skipped.
    skipped: lines("Skip").filter((line) => !line.includes("/blob-mount-anonymous")),
  };
}
