import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

export interface Lie {
  /** Changes claims of the ID token; undefined takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Makes the whole ID token. */
  readonly idToken?: (claims: Record<string, unknown>) => string | Promise<string>;
  /** Changes what the browser brings back. */
  readonly back?: (parameters: URLSearchParams) => void;
  /** Changes the answer of the token endpoint. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** Changes what it says of itself. */
  readonly discovery?: Readonly<Record<string, unknown>>;
}

/** An OpenID provider that agrees to everything at once, and lies where a test tells it to. */
export class OddIssuer {
  readonly #server: Server;
  readonly clientId = "gati-at-odd";
  readonly clientSecret = "odd secret";
  readonly #codes = new Map<string, URLSearchParams>();
  #key!: { readonly kid: string; readonly sign: Key; readonly jwk: JWK };
  /** Another key, which is published nowhere. */
  otherKey!: Key;
  subject = "somebody";
  claims: Record<string, unknown> = {};
  lie: Lie = {};
  /** Answers 503 to everything that the registry asks. */
  fails = false;
  /** How often a code was exchanged. */
  exchanged = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OddIssuer> {
    const server = createServer();
    const issuer = new OddIssuer(server);
    const [{ privateKey, publicKey }, other] = await Promise.all([
      generateKeyPair("RS256", { extractable: true }),
      generateKeyPair("RS256"),
    ]);
    const kid = randomUUID();
    issuer.#key = { kid, sign: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
    issuer.otherKey = other.privateKey;
    server.on("request", (request, response) => void issuer.#answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get publicKey(): JWK {
    return this.#key.jwk;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Signs as the issuer does, or with another key or header. */
  sign(claims: Record<string, unknown>, { key = this.#key.sign, header = {} } = {}): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: this.#key.kid, ...header }).sign(key);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const send = (body: unknown) =>
      void response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    if (this.fails && url.pathname !== "/authorize") return void response.writeHead(503).end();
    if (url.pathname === "/.well-known/openid-configuration") return send({ ...this.#about(), ...this.lie.discovery });
    if (url.pathname === "/keys") return send({ keys: [this.#key.jwk] });
    if (url.pathname === "/token") return send(await this.#token(new URLSearchParams(await text(request))));
    if (url.pathname !== "/authorize") return void response.writeHead(404).end();
    const code = randomBytes(12).toString("hex");
    this.#codes.set(code, url.searchParams);
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    const parameters = new URLSearchParams({ code, state: url.searchParams.get("state") ?? "", iss: this.url });
    this.lie.back?.(parameters);
    back.search = parameters.toString();
    response.writeHead(302, { Location: back.href }).end();
  }

  #about() {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
    };
  }

  async #token(given: URLSearchParams): Promise<unknown> {
    this.exchanged += 1;
    const asked = this.#codes.get(given.get("code") ?? "");
    const now = Math.floor(Date.now() / 1000);
    const claims: Record<string, unknown> = {
      iss: this.url,
      aud: this.clientId,
      sub: this.subject,
      nonce: asked?.get("nonce"),
      iat: now,
      exp: now + 300,
      ...this.claims,
      ...this.lie.claims,
    };
    const idToken = await (this.lie.idToken ?? ((all) => this.sign(all)))(claims);
    return { access_token: "at", token_type: "Bearer", expires_in: 60, id_token: idToken, ...this.lie.answer };
  }
}
