import { createRoute, z } from "@hono/zod-openapi";
import { parseArtifactName } from "../../../core/identifiers.ts";
import { retentionPolicySchema } from "../../../core/retention/policy.ts";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { readPolicies, setPolicy } from "./manage-policies.ts";
import { runRetention } from "./run-retention.ts";
import type { StoredPolicy } from "./store.ts";

const tags = ["retention"];
const path = "/namespaces/{kind}/{handle}/retention";
const params = z.object({ kind: z.enum(["users", "orgs"]), handle: z.string() });
const policy = retentionPolicySchema.openapi("RetentionPolicy");
const artifact = z.string().max(200).optional();

const policies = z
  .object({
    policy: policy.nullable().openapi({ description: "Of the namespace; null when there is none" }),
    artifacts: z
      .record(z.string(), policy)
      .openapi({ description: "Of artifacts that have one of their own, by name" }),
  })
  .openapi("RetentionPolicies");

const runPage = z
  .object({
    cursor: z.string().nullable(),
    artifacts: z.array(
      z.object({
        artifact: z.string(),
        verdicts: z.array(
          z.object({ tag: z.string().optional(), digest: z.string(), keep: z.boolean(), reason: z.string() }),
        ),
        removed: z.array(z.string()),
      }),
    ),
  })
  .openapi("RetentionRun");

const routes = {
  read: createRoute({
    method: "get",
    path,
    tags,
    summary: "Read the retention policies of a namespace (role read)",
    security: signedIn,
    request: { params },
    responses: { 200: json(policies, "The policies"), ...problemResponse },
  }),
  set: createRoute({
    method: "put",
    path,
    tags,
    summary: "Set or remove the retention policy of a namespace or of one artifact (role admin, scope admin)",
    security: signedIn,
    request: {
      params,
      body: jsonBody(
        z.strictObject({
          artifact: artifact.openapi({ description: "Name of the artifact; left out for the namespace" }),
          policy: policy.nullable(),
        }),
      ),
    },
    responses: { 200: json(policies, "The policies"), ...problemResponse },
  }),
  run: createRoute({
    method: "post",
    path: `${path}/run`,
    tags,
    summary: "Say what the policies would remove (role read), or remove it now (role admin, scope admin)",
    security: signedIn,
    request: {
      params,
      body: jsonBody(
        z.strictObject({
          dryRun: z.boolean().default(true),
          artifact: artifact.openapi({ description: "Only this artifact" }),
          policy: policy.optional().openapi({ description: "Try this policy; only in a dry run" }),
          cursor: z.string().max(200).optional().openapi({ description: "From the page before; left out at first" }),
        }),
      ),
    },
    responses: { 200: json(runPage, "What stays and goes, and why; cursor is null at the end"), ...problemResponse },
  }),
};

function view(stored: readonly StoredPolicy[]) {
  return {
    policy: stored.find((one) => one.artifact === "")?.policy ?? null,
    artifacts: Object.fromEntries(stored.filter((one) => one.artifact !== "").map((one) => [one.artifact, one.policy])),
  };
}

/** Retention: what of a namespace may go by itself. */
export const retentionRoutes = restRouter()
  .openapi(routes.read, async (c) => {
    const { kind, handle } = c.req.valid("param");
    return c.json(view(await readPolicies(c.get("ctx"), kind, handle)), 200);
  })
  .openapi(routes.set, async (c) => {
    const { kind, handle } = c.req.valid("param");
    const body = c.req.valid("json");
    const name = body.artifact === undefined ? "" : parseArtifactName(body.artifact);
    return c.json(view(await setPolicy(c.get("ctx"), kind, handle, name, body.policy)), 200);
  })
  .openapi(routes.run, async (c) => {
    const { cursor, artifacts } = await runRetention(c.get("ctx"), { ...c.req.valid("param"), ...c.req.valid("json") });
    const answer = artifacts.map((one) => ({ ...one, verdicts: [...one.verdicts], removed: [...one.removed] }));
    return c.json({ cursor, artifacts: answer }, 200);
  });
