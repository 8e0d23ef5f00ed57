import { accountRoutes, setupRoutes } from "./domains/accounts/routes.ts";
import { administrationRoutes } from "./domains/administration/routes.ts";
import { analyticsRoutes } from "./domains/analytics/routes.ts";
import { approvalRoutes } from "./domains/artifacts/approval-routes.ts";
import { artifactRoutes } from "./domains/artifacts/routes.ts";
import { auditRoutes } from "./domains/audit/routes.ts";
import { keyRoutes } from "./domains/auth/key-routes.ts";
import { authRoutes } from "./domains/auth/routes.ts";
import { sessionRoutes } from "./domains/auth/session-routes.ts";
import { deviceLoginRoutes } from "./domains/device-login/routes.ts";
import { integrityRoutes } from "./domains/integrity/routes.ts";
import { exportRoutes } from "./domains/backup/export-routes.ts";
import { importRoutes } from "./domains/backup/import-routes.ts";
import { invitationRoutes } from "./domains/invitations/routes.ts";
import { mailRoutes } from "./domains/mail/routes.ts";
import { nameRoutes } from "./domains/names/routes.ts";
import { namespaceRoutes } from "./domains/namespaces/routes.ts";
import { orgPolicyRoutes } from "./domains/org-policies/routes.ts";
import { retentionRoutes } from "./domains/retention/routes.ts";
import { factorAccountRoutes } from "./domains/second-factor/account-routes.ts";
import { factorRuleRoutes } from "./domains/second-factor/rule-routes.ts";
import { factorSignInRoutes } from "./domains/second-factor/sign-in-routes.ts";
import { ssoRoutes } from "./domains/sso/routes.ts";
import { teamRoutes } from "./domains/teams/routes.ts";
import { trustedPublishingRoutes } from "./domains/trusted-publishing/routes.ts";
import { verificationRoutes } from "./domains/verification/routes.ts";
import { withAccount } from "./http/authentication.ts";
import { problem } from "./http/problem.ts";
import { renamedAddress, renamedHeader } from "./http/renamed.ts";
import { boundedJson, restRouter } from "./http/rest.ts";
import { RegistryError } from "../core/errors.ts";

/** What /api/v1/openapi.json says about the whole; `docs/openapi.json` is the same, checked for drift. */
export const openApiDocument = {
  openapi: "3.1.0",
  info: {
    title: "Gati Registry",
    version: "1",
    description:
      "Modules, plugins, models, agents, templates, snapshots and transformers. Errors are application/problem+json.",
  },
};

/** The REST API under /api/v1. */
export const api = restRouter();
api.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
  type: "http",
  scheme: "bearer",
  description: "An API key (gati_…) or the token of a sign-in",
});
api.doc31("/openapi.json", openApiDocument);
api.use(boundedJson);
api.route("/", setupRoutes);
api.use(withAccount);
api.route("/", accountRoutes);
api.route("/", sessionRoutes);
api.route("/", factorSignInRoutes);
api.route("/", factorAccountRoutes);
api.route("/", factorRuleRoutes);
api.route("/", deviceLoginRoutes);
api.route("/", authRoutes);
api.route("/", keyRoutes);
api.route("/", namespaceRoutes);
api.route("/", nameRoutes);
api.route("/", verificationRoutes);
api.route("/", teamRoutes);
api.route("/", invitationRoutes);
api.route("/", orgPolicyRoutes);
api.route("/", ssoRoutes);
api.route("/", artifactRoutes);
api.route("/", approvalRoutes);
api.route("/", analyticsRoutes);
api.route("/", auditRoutes);
api.route("/", administrationRoutes);
api.route("/", mailRoutes);
api.route("/", exportRoutes);
api.route("/", importRoutes);
api.route("/", integrityRoutes);
api.route("/", retentionRoutes);
api.route("/", trustedPublishingRoutes);

/** A method that a path does not have is told apart from a path that does not exist. */
const methods = new Map<string, Set<string>>();
for (const definition of api.openAPIRegistry.definitions) {
  if (definition.type !== "route") continue;
  const path = definition.route.path.replaceAll(/\{(\w+)\}/g, ":$1");
  methods.set(path, (methods.get(path) ?? new Set()).add(definition.route.method.toUpperCase()));
}
for (const [path, offered] of methods) {
  const allow = [...offered].toSorted().join(", ");
  api.all(path, (c) => {
    c.header("Allow", allow);
    throw new RegistryError("unsupported", `${c.req.method} is not offered here.`, { suggestions: [`Use ${allow}.`] });
  });
}

const ofArtifacts = /^\/api\/v1\/artifacts\/((?:users|orgs)\/[^/]+\/[^/]+)(?:\/|$)/;

api.onError(async (error, c) => {
  const renamed = await renamedAddress(c, error, ofArtifacts);
  if (!renamed) return problem(c, error);
  const { pathname, search } = new URL(renamed.address);
  // Kept by nobody: who may follow it depends on who asks.
  return c.body(null, 308, {
    Location: pathname + search,
    [renamedHeader]: renamed.parts.repository,
    "Cache-Control": "no-store",
  });
});
