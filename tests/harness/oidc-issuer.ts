import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
type Claims = Record<string, unknown>;

export interface Minting {
  /** Seconds from now. */
  readonly expiresIn?: number;
  readonly issuedAgo?: number;
  /** Changes what the token says in its header. */
  readonly header?: Claims;
  readonly key?: SigningKey;
  readonly issuer?: string;
}

/**
 * An OpenID provider of a CI system: discovery, keys that rotate, and GitHub's protocol by which a job asks for a token. It
 * signs whatever claims it is asked to.
 */
export class OidcIssuer {
  readonly #server: Server;
  #key!: { kid: string; sign: SigningKey };
  #published: JWK[] = [];
  /** Requests for discovery and keys. */
  asked = 0;
  /** Changes what the provider says of itself. */
  discovery: Claims = {};
  /** Answers keys and discovery otherwise: a provider that misbehaves. */
  misbehave:
    | ((path: string) => { status: number; headers?: Record<string, string>; body?: string } | undefined)
    | undefined;
  /** Claims of the jobs that ask by GitHub's protocol, and the secret of the only job that may. */
  job: { secret: string; claims: Claims } | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OidcIssuer> {
    const server = createServer();
    const issuer = new OidcIssuer(server);
    await issuer.rotate();
    server.on("request", async (request, response) => {
      const { status, headers, body } = await issuer.#answer(request.url ?? "/", request.headers.authorization);
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Signs with a new key from now on; the old one is published no more. */
  async rotate(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const kid = randomUUID();
    this.#key = { kid, sign: privateKey };
    this.#published = [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }];
  }

  /** The public key in PEM-less form, as somebody would abuse it for HMAC. */
  get publicKey(): JWK {
    return this.#published[0] as JWK;
  }

  token(claims: Claims, { expiresIn = 300, issuedAgo = 0, header = {}, key, issuer }: Minting = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: issuer ?? this.url,
      jti: randomUUID(),
      iat: now - issuedAgo,
      nbf: now - issuedAgo,
      exp: now + expiresIn,
      ...claims,
    })
      .setProtectedHeader({ alg: "RS256", kid: this.#key.kid, typ: "JWT", ...header })
      .sign(key ?? this.#key.sign);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(
    target: string,
    authorization: string | undefined,
  ): Promise<{ status: number; headers?: Record<string, string>; body?: string }> {
    const { pathname, searchParams } = new URL(target, this.url);
    if (pathname === "/token") return this.#jobToken(authorization, searchParams.get("audience"));
    this.asked += 1;
    const odd = this.misbehave?.(pathname);
    if (odd) return odd;
    if (pathname === "/.well-known/openid-configuration") {
      const document = { issuer: this.url, jwks_uri: `${this.url}/keys`, ...this.discovery };
      return { status: 200, body: JSON.stringify(document) };
    }
    if (pathname === "/keys") return { status: 200, body: JSON.stringify({ keys: this.#published }) };
    return { status: 404 };
  }

  /** https://docs.github.com/actions/reference/security/oidc: a bearer token in, `{ value }` out. */
  async #jobToken(authorization: string | undefined, audience: string | null) {
    if (!this.job || authorization !== `bearer ${this.job.secret}`) return { status: 401, body: "{}" };
    const value = await this.token({ ...this.job.claims, aud: audience ?? "https://github.com/somebody" });
    return { status: 200, body: JSON.stringify({ value, count: 1 }) };
  }
}
