/** How far an address is trusted that the registry is to ask something. */
export interface OutsideRules {
  /** Plain HTTP and this very machine are fine: for an installation that is on loopback itself. */
  readonly loopback?: boolean;
  /** The operator chose the address: it may be an IP address, a name or a port of their own network. */
  readonly operators?: boolean;
  /** An origin that was let through before: other paths of it are fine. */
  readonly beside?: string;
}

const loopbackHost = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
/** Two labels or more, the last one no number: no IP address in any spelling that a URL parser knows. */
const publicName = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$/;
/** Names that mean something else in every network (RFC 6761, 6762, 7686, 8375, and what ICANN keeps for private use). */
const privateName =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|onion|home\.arpa|in-addr\.arpa|ip6\.arpa)$/;
const longest = 2048;

/** True for the names and addresses of this very machine. */
export function isLoopback(hostname: string): boolean {
  return loopbackHost.test(hostname);
}

/**
 * The guard of every address that the registry asks and did not choose itself: what an operator configures, what a
 * provider says about itself, what a user names as a proof. Only https with a name of the public Internet and its usual
 * port; never credentials. A name that resolves to a private address gains nothing, because whoever answers there has
 * no certificate for it. Throws a plain Error that says what is wrong, without the address.
 */
export function outsideUrl(text: string, rules: OutsideRules = {}): URL {
  const url = text.length <= longest && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new Error("it is no address");
  if (url.username || url.password) throw new Error("it carries credentials");
  if (url.hash) throw new Error("it has a fragment");
  if (rules.beside !== undefined && url.origin === rules.beside) return url;
  if (isLoopback(url.hostname)) {
    if (rules.loopback && /^https?:$/.test(url.protocol)) return url;
    throw new Error("it names this very machine");
  }
  if (url.protocol !== "https:") throw new Error("it is not https");
  if (rules.operators) return url;
  if (!publicName.test(url.hostname) || privateName.test(url.hostname))
    throw new Error("it is no name of the public Internet");
  if (url.port !== "") throw new Error("it names a port");
  return url;
}
