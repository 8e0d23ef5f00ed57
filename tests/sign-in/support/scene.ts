import { expect } from "vitest";
import { Api } from "../../harness/api.ts";
import { RestartableRegistry } from "../../harness/registry-process.ts";
import { unique } from "../../http/support/people.ts";
import { type Browser, linkOf, type Page } from "./browser.ts";
import { GitHubServer } from "./github-server.ts";
import { OddIssuer } from "./odd-issuer.ts";
import { RealProvider } from "./real-provider.ts";

export const password = "correct horse battery staple";

/** A registry with three providers: a real one, GitHub as its documentation has it, and one that can be made to lie. */
export class SignInScene {
  readonly registry: RestartableRegistry;
  readonly api: Api;
  readonly real: RealProvider;
  readonly github: GitHubServer;
  readonly odd: OddIssuer;

  private constructor(registry: RestartableRegistry, real: RealProvider, github: GitHubServer, odd: OddIssuer) {
    this.registry = registry;
    this.api = new Api(registry.url);
    this.real = real;
    this.github = github;
    this.odd = odd;
  }

  static async start(env: Record<string, string> = {}): Promise<SignInScene> {
    const [real, github, odd] = await Promise.all([RealProvider.start(), GitHubServer.start(), OddIssuer.start()]);
    const registry = await RestartableRegistry.start({
      GATI_SIGN_IN: JSON.stringify([
        { kind: "oidc", id: "work", name: "Work", issuer: real.url, clientId: real.clientId },
        { kind: "github", id: "github", url: github.url, clientId: github.clientId },
        { kind: "oidc", id: "odd", name: "Odd", issuer: odd.url, clientId: odd.clientId },
      ]),
      GATI_SIGN_IN_SECRETS: JSON.stringify({
        work: real.clientSecret,
        github: github.clientSecret,
        odd: odd.clientSecret,
      }),
      ...env,
    });
    real.open(`${registry.url}/sign-in/callback/work`);
    return new SignInScene(registry, real, github, odd);
  }

  async stop(): Promise<void> {
    await Promise.all([this.registry.remove(), this.real.stop(), this.github.stop(), this.odd.stop()]);
  }

  get url(): string {
    return this.registry.url;
  }

  /** Follows "Continue with …" on the sign-in page to the provider's first page. */
  async continueWith(
    browser: Browser,
    name: string,
    returnTo = "/account",
    stop?: (url: URL) => boolean,
  ): Promise<Page> {
    const page = await browser.open(`${this.url}/sign-in?${new URLSearchParams({ return_to: returnTo })}`);
    return browser.open(linkOf(page, `Continue with ${name}`), stop);
  }

  /** A person of the real provider who is new here, up to the page that asks for a handle. */
  async arriveWithWork(browser: Browser, login: string, claims = {}): Promise<Page> {
    this.real.people.set(login, claims);
    return this.real.signIn(browser, await this.continueWith(browser, "Work"), login);
  }

  /** A person who signs in with the real provider and has an account. */
  async joinWithWork(browser: Browser, claims = {}): Promise<{ login: string; handle: string }> {
    const login = unique("login");
    const handle = unique("work");
    const asked = await this.arriveWithWork(browser, login, claims);
    const page = await browser.submit(asked, "/sign-up/provider", { handle });
    expect(page.url.pathname).toBe("/account");
    return { login, handle };
  }

  /** A person with a password, signed in with a browser. */
  async signUp(browser: Browser, email = ""): Promise<{ handle: string; page: Page }> {
    const handle = unique("user");
    const page = await browser.submit(await browser.open(`${this.url}/sign-up`), "/sign-up", {
      handle,
      password,
      email,
    });
    expect(page.url.pathname).toBe("/account");
    return { handle, page };
  }

  async signIn(browser: Browser, handle: string): Promise<Page> {
    return browser.submit(await browser.open(`${this.url}/sign-in`), "/sign-in", { handle, password });
  }
}
