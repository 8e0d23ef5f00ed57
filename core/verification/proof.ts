import { RegistryError } from "../errors.ts";
import { outsideUrl } from "../outside-urls.ts";

export type ProofKind = "domain" | "github";

/** What a namespace says that it is elsewhere. */
export interface Subject {
  readonly kind: ProofKind;
  /** A domain or an account of GitHub, in lower case. */
  readonly subject: string;
}

/** The name beside the domain that holds the proof: the domain's own TXT records stay short. */
export const challengeName = (domain: string) => `_gati-challenge.${domain}`;
export const wellKnownPath = "/.well-known/gati-verification.txt";
export const repositoryFile = "verification.txt";
export const proofRepository = ".gati";

/** The line that proves it. */
export const proofText = (token: string) => `gati-verification=${token}`;

/** One of the lines is exactly the proof. */
export function provesIt(text: string, token: string): boolean {
  return text.split(/\r?\n/).some((line) => line.trim() === proofText(token));
}

/** Longest domain that still leaves room for the name of the challenge before it. */
const longestDomain = 253 - "_gati-challenge.".length;
const githubAccount = /^[a-z0-9](?:-?[a-z0-9]){0,38}$/;

function isDomain(text: string): boolean {
  if (text.length > longestDomain || /[^a-z0-9.-]/.test(text)) return false;
  if (text.split(".").some((label) => label.length === 0 || label.length > 63 || /^-|-$/.test(label))) return false;
  try {
    // Only what is exactly a public name: no address, port, credentials or path may hide in it.
    return outsideUrl(`https://${text}/`).host === text;
  } catch {
    return false;
  }
}

/** Parses what somebody wants to prove. Throws `invalid_request`. */
export function parseSubject(kind: ProofKind, text: string): Subject {
  const subject = text.trim().toLowerCase();
  if (kind === "domain" ? isDomain(subject) : githubAccount.test(subject)) return { kind, subject };
  throw new RegistryError(
    "invalid_request",
    kind === "domain"
      ? `"${text.slice(0, 200)}" is not a domain of the public Internet.`
      : `"${text.slice(0, 100)}" is not the name of a GitHub account.`,
    {
      suggestions: [
        kind === "domain"
          ? "Name a domain such as example.com, without https:// and path."
          : "Name it as in its address.",
      ],
    },
  );
}

/**
 * What looking for a proof came to: it is there; it is certainly not; or nobody could tell, because what should know did not
 * answer.
 */
export type Finding = "proved" | "absent" | "unreachable";

const answerType = 16;

/** The finding in an answer of a resolver in JSON (`application/dns-json`) to a question for TXT records. */
export function findingOfDns(answer: unknown, token: string): Finding {
  const { Status: status, Answer: records } = (answer ?? {}) as { Status?: unknown; Answer?: unknown };
  // NXDOMAIN is as certain as an answer; SERVFAIL and REFUSED are not.
  if (status === 3) return "absent";
  if (status !== 0) return "unreachable";
  const texts = (Array.isArray(records) ? records : []).flatMap((record: unknown) => {
    const { type, data } = (record ?? {}) as { type?: unknown; data?: unknown };
    return type === answerType && typeof data === "string" ? [joined(data)] : [];
  });
  return texts.some((text) => text.trim() === proofText(token)) ? "proved" : "absent";
}

/** A record's strings, which resolvers quote, as one text (RFC 7208, section 3.3, says how they belong together). */
function joined(data: string): string {
  const strings = [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, inner = ""]) => inner.replaceAll(/\\(.)/g, "$1"));
  return strings.length > 0 ? strings.join("") : data;
}
