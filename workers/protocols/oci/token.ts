import { Hono } from "hono";
import { RegistryError } from "../../../core/errors.ts";
import { parseRepository } from "../../../core/identifiers.ts";
import type { Context } from "../../context.ts";
import { renamedTo, viewRepository } from "../../domains/repositories/index.ts";
import { boundsOf, registryTokenLifetime, type RepositoryGrant, signRegistryToken } from "../../domains/auth/index.ts";
import { allowedActions } from "../../domains/namespaces/index.ts";
import { recentFactor } from "../../domains/second-factor/index.ts";
import { contextFor, presentedCredential } from "../../http/authentication.ts";
import { readBody } from "../../http/read-body.ts";
import type { SurfaceContext, SurfaceEnv } from "../../http/surface.ts";

/** A client asks for one or two repositories; more than this is no client. */
const maxScopes = 20;
const maxForm = 16 * 1024;

/** `repository:<name>:<actions>`; other resource types are ignored, as the token specification asks. */
async function grantsFor(ctx: Context, scope: string): Promise<RepositoryGrant[]> {
  const [, name = "", actions = ""] = /^repository(?:\([a-z]+\))?:(.+):([a-z*,]*)$/.exec(scope) ?? [];
  if (!name) return [];
  let parts;
  try {
    parts = parseRepository(name);
  } catch (error) {
    // A name that cannot exist grants nothing; the request that follows explains it better than this one could.
    if (error instanceof RegistryError) return [];
    throw error;
  }
  const requested = actions.split(",").filter(Boolean);
  const view = await viewRepository(ctx, parts);
  const allowed = allowedActions(ctx.actor, view);
  const grant: RepositoryGrant = {
    repository: parts.repository,
    actions: requested.includes("*") ? allowed : allowed.filter((action) => requested.includes(action)),
    requested,
    // Only of what they may read: of anything else a token must not tell whether it is there.
    ...(allowed.includes("pull") && view?.role === null ? { outsider: true } : {}),
  };
  // Reads under a former name are answered from the repository that has another one now.
  const now = view?.artifact ? undefined : await renamedTo(ctx, parts);
  return now ? [grant, { repository: now.repository, actions: ["pull"], requested: ["pull"] }] : [grant];
}

/** Seconds: a token never outlives the token of a trusted publisher that bought it. */
function lifetimeFor({ actor, now }: Context): number {
  if (actor.kind === "anonymous" || actor.credential.kind !== "trusted-publisher") return registryTokenLifetime;
  const left = Math.ceil((actor.credential.expiresAt.getTime() - now()) / 1000);
  return Math.min(registryTokenLifetime, Math.max(1, left));
}

/** When the caller proved a second factor, for a token that can change something; others never ask for it. */
async function factorFor(ctx: Context, grants: readonly RepositoryGrant[]): Promise<number | undefined> {
  const changes = grants.some(({ actions }) => actions.some((action) => action !== "pull"));
  return changes ? recentFactor(ctx) : undefined;
}

async function issue(ctx: Context, scopes: readonly string[]) {
  const asked = [...new Set(scopes.flatMap((scope) => scope.split(" ")).filter(Boolean))].slice(0, maxScopes);
  const grants = (await Promise.all(asked.map((scope) => grantsFor(ctx, scope)))).flat();
  const { actor } = ctx;
  if (actor.kind === "user" && actor.credential.kind === "registry-token") {
    // Otherwise a token for one pull could be traded for one that pushes.
    throw new RegistryError("unauthenticated", "A registry token cannot be exchanged for another one.", {
      suggestions: ["Use a password or an API key."],
    });
  }
  const user =
    actor.kind === "user"
      ? {
          id: actor.userId,
          handle: actor.handle,
          operator: actor.operator,
          scopes: [...actor.scopes],
          sessionId: actor.credential.kind === "session" ? actor.credential.id : undefined,
          bounds: boundsOf({ ...actor, factorAt: await factorFor(ctx, grants) }),
        }
      : undefined;
  const lifetime = lifetimeFor(ctx);
  const catalog = asked.includes("registry:catalog:*");
  const token = await signRegistryToken(ctx.settings, { user, grants, catalog, lifetime });
  return {
    token,
    access_token: token,
    expires_in: lifetime,
    issued_at: new Date(ctx.now()).toISOString(),
  };
}

const noStore = { "Cache-Control": "no-store" };

async function fromForm(c: SurfaceContext): Promise<Response> {
  const form = new URLSearchParams(new TextDecoder().decode(await readBody(c.req.raw, maxForm, "payload_too_large")));
  const refreshToken = form.get("refresh_token");
  const username = form.get("username");
  const password = form.get("password");
  const grantType = form.get("grant_type");
  let presented;
  if (grantType === "refresh_token" && refreshToken)
    presented = { kind: "basic" as const, username: "", password: refreshToken };
  else if (grantType === "password" && username && password) presented = { kind: "basic" as const, username, password };
  else if (c.req.header("authorization")) presented = presentedCredential(c.req.header("authorization"));
  else
    return c.json(
      { error: "unsupported_grant_type", error_description: "Use grant_type=password or refresh_token." },
      400,
      noStore,
    );
  const ctx = await contextFor(c, presented);
  c.set("ctx", ctx);
  const answer = await issue(ctx, form.getAll("scope"));
  // An API key serves as the refresh token it was sent as; a password is never turned into one.
  return c.json(grantType === "refresh_token" ? { ...answer, refresh_token: refreshToken } : answer, 200, noStore);
}

/**
 * The token endpoint: GET with optional Basic credentials, and the OAuth 2 form. Open to everybody; strangers get a
 * token that reads what is public.
 */
export const tokenRoutes = new Hono<SurfaceEnv>()
  .get("/token", async (c) => {
    const ctx = await contextFor(c, presentedCredential(c.req.header("authorization")));
    c.set("ctx", ctx);
    return c.json(await issue(ctx, c.req.queries("scope") ?? []), 200, noStore);
  })
  .post("/token", fromForm);
