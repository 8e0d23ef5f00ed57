import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { RegistryError } from "../../core/errors.ts";
import { parseArtifactName, parseHandle, repositoryParts } from "../../core/identifiers.ts";
import { parseVersion } from "../../core/versions.ts";
import { listArtifacts, listVersions, readArtifact, readVersion } from "../domains/artifacts/index.ts";
import { visibleNamespace } from "../domains/namespaces/index.ts";
import { contextFor } from "../http/authentication.ts";
import { toRegistryError } from "../http/errors.ts";
import { originOf } from "../http/origin.ts";
import { statusOf } from "../http/status.ts";
import type { SurfaceContext, SurfaceEnv } from "../http/surface.ts";
import { ArtifactPage } from "./artifact.tsx";
import { ErrorPage } from "./error.tsx";
import { HomePage } from "./home.tsx";
import { NamespacePage } from "./namespace.tsx";
import { stylesheet } from "./stylesheet.ts";

const newestCount = 12;
const namespaceCount = 100;

/** Pages carry no script at all, so nothing may run; forms and frames are not used either. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const page = createMiddleware<SurfaceEnv>(async (c, next) => {
  // Pages show what strangers see: a credential in a header does not change them.
  c.set("ctx", await contextFor(c, { kind: "none" }));
  await next();
  c.header("Content-Security-Policy", policy);
  c.header("Referrer-Policy", "same-origin");
  c.header("Cache-Control", "no-cache");
});

/** Without the doctype a browser would lay the page out by the rules of the nineties. */
const document = (c: SurfaceContext, content: Child) =>
  c.html(
    <>
      {raw("<!doctype html>")}
      {content}
    </>,
  );

async function artifactPage(c: SurfaceContext, kind: "users" | "orgs"): Promise<Response> {
  const { handle = "", name = "" } = c.req.param();
  const parts = repositoryParts(kind, parseHandle(handle), parseArtifactName(name));
  const ctx = c.get("ctx");
  const [artifact, versions] = await Promise.all([readArtifact(ctx, parts), listVersions(ctx, parts)]);
  const shown = artifact.latest ? await readVersion(ctx, parts, parseVersion(artifact.latest)) : undefined;
  return document(c, <ArtifactPage origin={originOf(c)} artifact={artifact} versions={versions} shown={shown} />);
}

async function namespacePage(c: SurfaceContext, kind: "users" | "orgs"): Promise<Response> {
  const ctx = c.get("ctx");
  const namespace = await visibleNamespace(ctx, kind, c.req.param("handle") ?? "");
  const { artifacts } = await listArtifacts(ctx, { limit: namespaceCount, handle: namespace.handle });
  return document(c, <NamespacePage kind={kind} handle={namespace.handle} artifacts={artifacts} />);
}

/** What a person sees instead of a problem document. */
export function errorPage(c: SurfaceContext, thrown: unknown): Response | Promise<Response> {
  const error = toRegistryError(c, thrown);
  c.status(statusOf[error.code]);
  c.header("Content-Security-Policy", policy);
  return document(c, <ErrorPage error={error} requestId={c.get("requestId")} />);
}

/** Server-rendered pages. Open to everybody; they show what strangers may see. */
export const web = new Hono<SurfaceEnv>()
  .get("/assets/:file", (c) => {
    if (/^site\.[a-z0-9]+\.css$/.test(c.req.param("file"))) return stylesheet();
    throw new RegistryError("name_unknown", "There is no such file.", { suggestions: ["Go back to the first page."] });
  })
  .get("/", page, async (c) => {
    const { artifacts } = await listArtifacts(c.get("ctx"), { limit: newestCount });
    return document(c, <HomePage origin={originOf(c)} artifacts={artifacts} />);
  })
  .get("/users/:handle/:name", page, (c) => artifactPage(c, "users"))
  .get("/orgs/:handle/:name", page, (c) => artifactPage(c, "orgs"))
  .get("/users/:handle", page, (c) => namespacePage(c, "users"))
  .get("/orgs/:handle", page, (c) => namespacePage(c, "orgs"))
  .onError((thrown, c) => errorPage(c, thrown));
