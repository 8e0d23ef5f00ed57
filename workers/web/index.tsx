import { Hono } from "hono";
import { RegistryError } from "../../core/errors.ts";
import { parseArtifactName, parseHandle, repositoryParts } from "../../core/identifiers.ts";
import { parseVersion } from "../../core/versions.ts";
import { listArtifacts, listVersions, readArtifact, readVersion } from "../domains/artifacts/index.ts";
import { visibleNamespace } from "../domains/namespaces/index.ts";
import { readPublisher } from "../domains/verification/index.ts";
import { renamedAddress } from "../http/renamed.ts";
import { originOf } from "../http/origin.ts";
import type { SurfaceContext, SurfaceEnv } from "../http/surface.ts";
import { accountRoutes } from "./account-routes.tsx";
import { ArtifactPage } from "./artifact.tsx";
import { deviceRoutes } from "./device-routes.tsx";
import { document, errorPage } from "./document.tsx";
import { HomePage } from "./home.tsx";
import { NamespacePage } from "./namespace.tsx";
import { passkeyRoutes } from "./passkey-routes.tsx";
import { passkeyScript } from "./script.ts";
import { secondFactorRoutes } from "./second-factor-routes.tsx";
import { signInRoutes } from "./sign-in-routes.tsx";
import { signUpRoutes } from "./sign-up-routes.tsx";
import { ssoPageRoutes } from "./sso-routes.tsx";
import { stylesheet } from "./stylesheet.ts";
import { frameVisitor, page } from "./visitor.ts";

const newestCount = 12;
const namespaceCount = 100;

async function artifactPage(c: SurfaceContext, kind: "users" | "orgs"): Promise<Response> {
  const { handle = "", name = "" } = c.req.param();
  const parts = repositoryParts(kind, parseHandle(handle), parseArtifactName(name));
  const ctx = c.get("ctx");
  const [artifact, versions] = await Promise.all([readArtifact(ctx, parts), listVersions(ctx, parts)]);
  const shown = artifact.latest ? await readVersion(ctx, parts, parseVersion(artifact.latest)) : undefined;
  const props = { origin: originOf(c), artifact, versions, shown, visitor: frameVisitor(c) };
  return document(c, <ArtifactPage {...props} />);
}

async function namespacePage(c: SurfaceContext, kind: "users" | "orgs"): Promise<Response> {
  const ctx = c.get("ctx");
  const namespace = await visibleNamespace(ctx, kind, c.req.param("handle") ?? "");
  const [{ artifacts }, publisher] = await Promise.all([
    listArtifacts(ctx, { limit: namespaceCount, handle: namespace.handle }),
    readPublisher(ctx.db, namespace.id),
  ]);
  const props = { kind, handle: namespace.handle, artifacts, publisher, visitor: frameVisitor(c) };
  return document(c, <NamespacePage {...props} />);
}

/**
 * Server-rendered pages. Open to everybody; they show what whoever is signed in with the browser may see, and else what
 * strangers may. Who that is a cookie says, which no other surface looks at; a credential in a header changes nothing here.
 */
export const web = new Hono<SurfaceEnv>()
  .get("/assets/:file", (c) => {
    if (/^site\.[a-z0-9]+\.css$/.test(c.req.param("file"))) return stylesheet();
    if (/^passkeys\.[a-z0-9]+\.js$/.test(c.req.param("file"))) return passkeyScript();
    throw new RegistryError("name_unknown", "There is no such file.", { suggestions: ["Go back to the first page."] });
  })
  .get("/", page, async (c) => {
    const { artifacts } = await listArtifacts(c.get("ctx"), { limit: newestCount });
    return document(c, <HomePage origin={originOf(c)} artifacts={artifacts} visitor={frameVisitor(c)} />);
  })
  .get("/users/:handle/:name", page, (c) => artifactPage(c, "users"))
  .get("/orgs/:handle/:name", page, (c) => artifactPage(c, "orgs"))
  .get("/users/:handle", page, (c) => namespacePage(c, "users"))
  .get("/orgs/:handle", page, (c) => namespacePage(c, "orgs"))
  .route("/", signInRoutes)
  .route("/", ssoPageRoutes)
  .route("/", signUpRoutes)
  .route("/", passkeyRoutes)
  .route("/", accountRoutes)
  .route("/", secondFactorRoutes)
  .route("/", deviceRoutes)
  .onError(async (thrown, c) => {
    const renamed = await renamedAddress(c, thrown, /^\/((?:users|orgs)\/[^/]+\/[^/]+)$/);
    return renamed ? c.redirect(`/${renamed.parts.repository}`, 308) : errorPage(c, thrown);
  });

export { errorPage } from "./document.tsx";
