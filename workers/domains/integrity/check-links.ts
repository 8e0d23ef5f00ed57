import type { CheckOptions, CheckParts, Finding, PhasePage } from "./finding.ts";
import { linkPage, listLink } from "./store.ts";

const pageSize = 500;

/** Looks for links that no manifest needs and that the collector would never look at. */
export async function checkLinks(parts: CheckParts, after: string, options: CheckOptions): Promise<PhasePage> {
  const [repository = "", digest = ""] = after.split(" ");
  const page = await linkPage(parts.db, [repository, digest], pageSize);
  const findings: Finding[] = [];
  for (const link of page.filter((one) => one.unlisted === 1)) {
    if (options.repair) await listLink(parts.db, link.repository, link.digest, parts.now());
    findings.push({
      kind: "link_unlisted",
      severity: "warning",
      what: `${link.repository}@${link.digest}`,
      message: "The repository holds a blob that none of its manifests needs, and the collector does not know of it.",
      repaired: options.repair,
      remedy: options.repair ? "The collector looks at it a day from now." : "Run the check with repair.",
    });
  }
  const last = page.length === pageSize ? page.at(-1) : undefined;
  return { checked: { links: page.length }, findings, next: last && `${last.repository} ${last.digest}` };
}
