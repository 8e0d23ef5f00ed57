/** A page as a person has it before them. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const plain = (text: string) => text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? "");
const attribute = (tag: string, name: string) => plain(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "");

/** What a page says to a reader. */
export const textOf = ({ html }: Page) => plain(html.replaceAll(/<[^>]+>/g, " ")).replaceAll(/\s+/g, " ");

export interface SentForm {
  readonly action: URL;
  readonly fields: Record<string, string>;
}

/** The form of a page whose action ends so, with what its fields hold. */
export function formOf(page: Page, action: string): SentForm {
  for (const [whole, tag = "", inner = ""] of page.html.matchAll(/(<form[^>]*>)([\s\S]*?)<\/form>/g)) {
    const target = new URL(attribute(tag, "action") || page.url.href, page.url);
    if (!whole || !target.pathname.endsWith(action)) continue;
    const inputs = [...inner.matchAll(/<input[^>]*>/g)].map(([input]) => input);
    const fields = Object.fromEntries(
      inputs.filter((one) => attribute(one, "name")).map((one) => [attribute(one, "name"), attribute(one, "value")]),
    );
    return { action: target, fields };
  }
  throw new Error(`${page.url} (${page.status}) has no form for ${action}: ${textOf(page).slice(0, 500)}`);
}

/** The address of the link that says this. */
export function linkOf(page: Page, says: string): URL {
  for (const [, tag = "", inner = ""] of page.html.matchAll(/(<a\s[^>]*>)([\s\S]*?)<\/a>/g)) {
    if (plain(inner.replaceAll(/<[^>]+>/g, "")).includes(says)) return new URL(attribute(tag, "href"), page.url);
  }
  throw new Error(`${page.url} (${page.status}) has no link "${says}": ${textOf(page).slice(0, 500)}`);
}

const mostRedirects = 20;
const nowhere = () => false;

/** A browser without scripts: cookies per host, redirects, forms; it says where a request comes from, as browsers do. */
export class Browser {
  readonly jars = new Map<string, Map<string, string>>();
  /** Every address that it was led to, newest last. */
  readonly visited: string[] = [];
  readonly #agent: string;

  constructor(agent = "Test Browser/1.0") {
    this.#agent = agent;
  }

  jar(url: URL | string): Map<string, string> {
    const { host } = new URL(url);
    const jar = this.jars.get(host) ?? new Map<string, string>();
    this.jars.set(host, jar);
    return jar;
  }

  /** One request, no redirect followed. */
  async send(
    method: string,
    url: URL,
    init: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Response> {
    this.visited.push(url.href);
    const cookies = [...this.jar(url)].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: {
        "User-Agent": this.#agent,
        Accept: "text/html",
        ...(cookies ? { Cookie: cookies } : {}),
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(url, line);
    return response;
  }

  #keep(url: URL, line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0\b/i.test(line) || /expires=thu, 01 jan 1970/i.test(line)) this.jar(url).delete(name);
    else this.jar(url).set(name, value);
  }

  async #arrive(response: Response, from: URL, stop: (url: URL) => boolean): Promise<Page> {
    let [answer, url] = [response, from];
    for (let i = 0; i < mostRedirects; i++) {
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status > 399 || location === null) break;
      const next = new URL(location, url);
      if (stop(next)) {
        await answer.body?.cancel();
        return { url: next, status: answer.status, headers: answer.headers, html: "" };
      }
      await answer.body?.cancel();
      url = next;
      answer = await this.send("GET", url);
    }
    return { url, status: answer.status, headers: answer.headers, html: await answer.text() };
  }

  /** Opens an address and follows where it leads, but not to where `stop` says. */
  async open(address: URL | string, stop: (url: URL) => boolean = nowhere): Promise<Page> {
    const url = new URL(address);
    return this.#arrive(await this.send("GET", url), url, stop);
  }

  /** Fills in a form of a page, sends it and follows. */
  submit(page: Page, action: string, fill: Record<string, string> = {}, stop?: (url: URL) => boolean): Promise<Page> {
    const { action: target, fields } = formOf(page, action);
    return this.post(target, { ...fields, ...fill }, page.url.origin, stop);
  }

  /** Sends a form as a page of `origin` would. */
  async post(
    target: URL,
    fields: Record<string, string>,
    origin: string,
    stop: (url: URL) => boolean = nowhere,
  ): Promise<Page> {
    const response = await this.send("POST", target, {
      body: new URLSearchParams(fields).toString(),
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Origin: origin,
        "Sec-Fetch-Site": origin === target.origin ? "same-origin" : "cross-site",
      },
    });
    return this.#arrive(response, target, stop);
  }
}
