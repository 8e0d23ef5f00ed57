import { vi } from "vitest";

/** Made anew for whoever asks: a request cannot read what another one made. */
type Answer = () => Response | Promise<Response>;

/**
 * The world outside of the registry: what answers at which address. Everything else does not answer. Restored by the next
 * `vi.restoreAllMocks()`.
 */
export function outsideWorld() {
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url);
    const answer = answers.get(url);
    if (answer === undefined) throw new TypeError("no route to host");
    return answer();
  });
  const resolver = (domain: string) =>
    `https://cloudflare-dns.com/dns-query?name=${encodeURIComponent(`_gati-challenge.${domain}`)}&type=TXT`;
  const set = (address: string, answer: Answer | undefined) =>
    answer === undefined ? answers.delete(address) : answers.set(address, answer);
  return {
    /** Every address that was asked, in order. */
    asked,
    set,
    /** The TXT records of the challenge's name; null: there is no such name. */
    dns: (domain: string, texts: readonly string[] | null) =>
      set(resolver(domain), () =>
        Response.json(
          texts === null
            ? { Status: 3 }
            : { Status: 0, Answer: texts.map((text) => ({ type: 16, data: `"${text}"` })) },
        ),
      ),
    dnsAnswers: (domain: string, answer: Answer | undefined) => set(resolver(domain), answer),
    file: (domain: string, answer: Answer | undefined) =>
      set(`https://${domain}/.well-known/gati-verification.txt`, answer),
    github: (account: string, answer: Answer | undefined) =>
      set(`https://raw.githubusercontent.com/${account}/.gati/HEAD/verification.txt`, answer),
  };
}
