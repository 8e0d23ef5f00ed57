import { outsideUrl } from "./outside-urls.ts";

/** CI systems whose claims the registry knows by name; `oidc` is any other issuer, matched by exact claims. */
export const publisherProviders = ["github", "gitlab", "oidc"] as const;
export type PublisherProvider = (typeof publisherProviders)[number];

/** Somebody whose signed tokens the operator lets vouch for runs. */
export interface Issuer {
  readonly provider: PublisherProvider;
  /** Exactly as `iss` in its tokens: issuers are compared letter by letter. */
  readonly url: string;
}

const hosted: readonly Issuer[] = [
  { provider: "github", url: "https://token.actions.githubusercontent.com" },
  { provider: "gitlab", url: "https://gitlab.com" },
];

function isIssuer(text: string): boolean {
  try {
    return outsideUrl(text, { loopback: true, operators: true }).search === "";
  } catch {
    return false;
  }
}

/**
 * Reads `GATI_OIDC_ISSUERS`: issuers separated by spaces, `github=` or `gitlab=` before those that speak like them (an
 * enterprise server), `off` to leave GitHub's and GitLab's own out. Only https, or http on this very machine. Throws a
 * plain Error that quotes the word it does not understand.
 */
export function parseIssuers(text: string | undefined): readonly Issuer[] {
  const words = (text ?? "").split(/[\s,]+/).filter(Boolean);
  const named = words.filter((word) => word !== "off").map(parseWord);
  return words.includes("off") ? named : [...named, ...hosted];
}

function parseWord(word: string): Issuer {
  const [, name, url = ""] = /^(?:([a-z]+)=)?(.+)$/.exec(word) ?? [];
  const provider = publisherProviders.find((one) => one === (name ?? "oidc"));
  if (provider && isIssuer(url)) return { provider, url };
  throw new Error(`GATI_OIDC_ISSUERS: "${word}" is not [github=|gitlab=]https://<issuer> or off`);
}
