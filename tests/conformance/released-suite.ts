import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../scripts/wrangler.ts";
import { type Account, type SuiteResult, readJunit, runSuite } from "./suite.ts";

const program = join(repositoryRoot, ".cache", "tools", "bin", "conformance");

/** Tests that exclude others which did run; nothing that the registry offers goes untested. */
const alternatives = [
  // Only for registries that are filled by hand.
  "Get tag name from environment",
  "Populate registry with test tags (no push)",
  // The mount succeeded, so there is no upload session to look at.
  "Cross-mounting of nonexistent blob should yield session id",
  // The registry starts an upload instead of searching every repository for the blob.
  "Cross-mounting without from, and automatic content discovery enabled should return a 201",
];

/** Runs the suite of the go module pinned in scripts/tools/conformance, with every workflow on. */
export async function runReleasedSuite(url: string, account: Account, results: string): Promise<SuiteResult> {
  await mkdir(results, { recursive: true });
  const output = await runSuite(program, results, {
    OCI_ROOT_URL: url,
    OCI_NAMESPACE: `${account.namespace}/released-one`,
    OCI_CROSSMOUNT_NAMESPACE: `${account.namespace}/released-two`,
    OCI_AUTOMATIC_CROSSMOUNT: "0",
    OCI_USERNAME: account.username,
    OCI_PASSWORD: account.password,
    OCI_TEST_PULL: "1",
    OCI_TEST_PUSH: "1",
    OCI_TEST_CONTENT_DISCOVERY: "1",
    OCI_TEST_CONTENT_MANAGEMENT: "1",
    OCI_HIDE_SKIPPED_WORKFLOWS: "0",
    OCI_REPORT_DIR: results,
  });
  await writeFile(join(results, "output.txt"), output);
  // Set-up and report nodes of the test framework are cases too; the suite's own tests are the [It] ones.
  const cases = readJunit(await readFile(join(results, "junit.xml"), "utf8")).filter(({ name }) =>
    name.startsWith("[It]"),
  );
  const named = (status: string): string[] => cases.filter((one) => one.status === status).map(({ name }) => name);
  const passed = named("passed").length;
  return {
    name: "OCI conformance suite",
    passed,
    failures: cases.filter(({ status }) => status !== "passed" && status !== "skipped").map(({ name }) => name),
    skipped: named("skipped").filter((name) => !alternatives.some((alternative) => name.endsWith(alternative))),
  };
}
