import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface GitHubUser {
  readonly id: number;
  readonly login: string;
  readonly emails: readonly { email: string; primary: boolean; verified: boolean }[];
}

interface Grant {
  readonly user: GitHubUser;
  readonly scopes: string;
  readonly challenge: string | null;
  readonly redirectUri: string;
}

/**
 * GitHub's web application flow and the two calls that follow, as its documentation has them:
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps,
 * https://docs.github.com/en/rest/users/users, https://docs.github.com/en/rest/users/emails. Errors of the token endpoint
 * come with status 200, as GitHub's do; a code is good once and for ten minutes; requests need a User-Agent.
 */
export class GitHubServer {
  readonly #server: Server;
  readonly clientId = "Iv1.0123456789abcdef";
  readonly clientSecret = "github-client-secret";
  /** Who is signed in at GitHub; nobody says no to the registry. */
  user: GitHubUser = { id: 1, login: "octocat", emails: [] };
  /** What the person presses. */
  declines = false;
  /** Makes the API misbehave. */
  broken: "none" | "error" | "html" | "huge" = "none";
  readonly #codes = new Map<string, Grant>();
  readonly #tokens = new Map<string, Grant>();
  /** What the token endpoint was asked, newest last. */
  readonly exchanges: URLSearchParams[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<GitHubServer> {
    const server = createServer();
    const github = new GitHubServer(server);
    server.on("request", (request, response) => void github.#answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return github;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    if (url.pathname === "/login/oauth/authorize") return this.#authorize(url, response);
    if (url.pathname === "/login/oauth/access_token" && request.method === "POST") {
      return this.#exchange(new URLSearchParams(await text(request)), request, response);
    }
    if (url.pathname.startsWith("/api/v3/")) return this.#api(url.pathname, request, response);
    response.writeHead(404).end();
  }

  #authorize(url: URL, response: ServerResponse): void {
    const given = url.searchParams;
    const redirectUri = given.get("redirect_uri") ?? "";
    if (given.get("client_id") !== this.clientId) return void response.writeHead(404).end("no such application");
    const back = new URL(redirectUri);
    back.searchParams.set("state", given.get("state") ?? "");
    if (this.declines) {
      back.searchParams.set("error", "access_denied");
      back.searchParams.set("error_description", "The user has denied your application access.");
    } else {
      const code = randomBytes(10).toString("hex");
      const challenge = given.get("code_challenge");
      this.#codes.set(code, { user: this.user, scopes: given.get("scope") ?? "", challenge, redirectUri });
      back.searchParams.set("code", code);
    }
    response.writeHead(302, { Location: back.href }).end();
  }

  #exchange(given: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    this.exchanges.push(given);
    const grant = this.#codes.get(given.get("code") ?? "");
    this.#codes.delete(given.get("code") ?? "");
    const hash = createHash("sha256")
      .update(given.get("code_verifier") ?? "")
      .digest("base64url");
    const wrongClient = given.get("client_id") !== this.clientId || given.get("client_secret") !== this.clientSecret;
    const wrongCode = !grant || (grant.challenge !== null && grant.challenge !== hash);
    const error = wrongClient
      ? "incorrect_client_credentials"
      : wrongCode
        ? "bad_verification_code"
        : grant.redirectUri === given.get("redirect_uri")
          ? undefined
          : "redirect_uri_mismatch";
    const token = `gho_${randomBytes(18).toString("hex")}`;
    if (!error && grant) this.#tokens.set(token, grant);
    const body = error
      ? { error, error_description: "The request was refused.", error_uri: "https://docs.github.com" }
      : { access_token: token, token_type: "bearer", scope: grant?.scopes.replaceAll(" ", ",") ?? "" };
    // GitHub answers in the old form encoding unless it is asked for JSON.
    const json = request.headers.accept?.includes("application/json");
    const encoded = json ? JSON.stringify(body) : new URLSearchParams(body as Record<string, string>).toString();
    const type = json ? "application/json; charset=utf-8" : "application/x-www-form-urlencoded; charset=utf-8";
    response.writeHead(200, { "Content-Type": type }).end(encoded);
  }

  #api(path: string, request: IncomingMessage, response: ServerResponse): void {
    const grant = this.#tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
    if (!request.headers["user-agent"])
      return void send(403, { message: "Request forbidden by administrative rules." });
    if (!grant) return void send(401, { message: "Bad credentials" });
    if (this.broken === "error") return void send(502, { message: "Server Error" });
    if (this.broken === "html") return void response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Unicorn");
    if (this.broken === "huge") return void send(200, { id: 1, login: "x".repeat(1_000_000) });
    const { id, login, emails } = grant.user;
    if (path === "/api/v3/user") return void send(200, { id, login, type: "User", name: null, email: null });
    if (path === "/api/v3/user/emails" && /\buser(?::email)?\b/.test(grant.scopes)) {
      return void send(
        200,
        emails.map((one) => ({ ...one, visibility: one.primary ? "private" : null })),
      );
    }
    send(404, { message: "Not Found" });
  }
}
