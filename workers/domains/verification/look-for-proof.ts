import {
  challengeName,
  type Finding,
  findingOfDns,
  proofRepository,
  provesIt,
  repositoryFile,
  wellKnownPath,
} from "../../../core/verification/proof.ts";
import { fetchOutside } from "../../adapters/outside-fetch.ts";
import type { Context } from "../../context.ts";
import type { Method, VerificationRecord } from "./store.ts";

export type LookContext = Pick<Context, "log"> & {
  readonly settings: Pick<Context["settings"], "dnsResolver" | "githubFiles">;
};

/** A proof is one line. */
const longestProof = 16 * 1024;

export interface Look {
  readonly finding: Finding;
  /** Where the proof was found, else where it was looked for first. */
  readonly method: Method;
}

const looks: Record<Method, (ctx: LookContext, subject: string, token: string) => Promise<Finding>> = {
  dns: async ({ settings }, domain, token) => {
    const question = new URL(settings.dnsResolver);
    question.searchParams.set("name", challengeName(domain));
    question.searchParams.set("type", "TXT");
    // The operator chose the resolver, and so what may be asked of it.
    const rules = { operators: true, loopback: true, maxBytes: longestProof };
    const answer = await fetchOutside(question, { ...rules, headers: { Accept: "application/dns-json" } });
    return answer.ok ? findingOfDns(await answer.json(), token) : "unreachable";
  },
  "well-known": async (_, domain, token) => {
    const answer = await fetchOutside(`https://${domain}${wellKnownPath}`, { maxBytes: longestProof });
    return findingOf(answer, token);
  },
  repository: async ({ settings }, account, token) => {
    const address = `${settings.githubFiles}/${account}/${proofRepository}/HEAD/${repositoryFile}`;
    const rules = { operators: true, loopback: true, maxBytes: longestProof };
    return findingOf(await fetchOutside(address, rules), token);
  },
};

async function findingOf(answer: Response, token: string): Promise<Finding> {
  if (answer.ok) return provesIt(await answer.text(), token) ? "proved" : "absent";
  return answer.status === 404 || answer.status === 410 ? "absent" : "unreachable";
}

async function look(ctx: LookContext, method: Method, subject: string, token: string): Promise<Finding> {
  try {
    return await looks[method](ctx, subject, token);
  } catch (error) {
    // Refused by the guard, not answered in time, redirected, too long or no JSON: all of it is no proof.
    ctx.log.info("verification.unreachable", { method, reason: error instanceof Error ? error.message : "unknown" });
    return "unreachable";
  }
}

/** Looks for a proof, first where it was found before. Never throws: what goes wrong is `unreachable`. */
export async function lookForProof(
  ctx: LookContext,
  { kind, subject, token, method }: Pick<VerificationRecord, "kind" | "subject" | "token" | "method">,
): Promise<Look> {
  const places: Method[] =
    kind === "github" ? ["repository"] : method === "well-known" ? ["well-known", "dns"] : ["dns", "well-known"];
  let first: Look | undefined;
  for (const place of places) {
    const finding = await look(ctx, place, subject, token);
    if (finding === "proved") return { finding, method: place };
    first ??= { finding, method: place };
  }
  if (!first) throw new TypeError("every kind of proof has a place");
  return first;
}
