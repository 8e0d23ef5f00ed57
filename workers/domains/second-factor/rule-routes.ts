import { createRoute, z } from "@hono/zod-openapi";
import { parseArtifactName } from "../../../core/identifiers.ts";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { resetFactors } from "./reset-factors.ts";
import { stepUpRules } from "./schemas.ts";
import { readStepUpRules, setStepUpRule, type StepUpRules } from "./step-up-rules.ts";

const path = "/namespaces/{kind}/{handle}/step-up";
const tags = ["namespaces"];
const params = z.object({ kind: z.enum(["users", "orgs"]), handle: z.string() });

const routes = {
  read: createRoute({
    method: "get",
    path,
    tags,
    summary: "Where publishing asks for a fresh second factor (role read)",
    security: signedIn,
    request: { params },
    responses: { 200: json(stepUpRules, "The rules"), ...problemResponse },
  }),
  set: createRoute({
    method: "put",
    path,
    tags,
    summary: "Ask for a fresh second factor in a namespace or an artifact, or stop asking (role admin, scope admin)",
    security: signedIn,
    request: {
      params,
      body: jsonBody(
        z.strictObject({
          artifact: z
            .string()
            .max(200)
            .optional()
            .openapi({ description: "Name of the artifact; left out for the namespace" }),
          required: z.boolean(),
        }),
      ),
    },
    responses: { 200: json(stepUpRules, "The rules"), ...problemResponse },
  }),
  reset: createRoute({
    method: "delete",
    path: "/admin/accounts/{handle}/second-factor",
    tags: ["administration"],
    summary: "Take the second factors from an account whose owner lost them (operators)",
    security: signedIn,
    request: { params: z.object({ handle: z.string() }) },
    responses: { 204: { description: "Removed" }, ...problemResponse },
  }),
};

const view = ({ namespace, artifacts }: StepUpRules) => ({ namespace, artifacts: [...artifacts] });

/** Where publishing asks for a fresh factor, and the operators' way back in for people. */
export const factorRuleRoutes = restRouter()
  .openapi(routes.read, async (c) => {
    const { kind, handle } = c.req.valid("param");
    return c.json(view(await readStepUpRules(c.get("ctx"), kind, handle)), 200);
  })
  .openapi(routes.set, async (c) => {
    const { kind, handle } = c.req.valid("param");
    const { artifact, required } = c.req.valid("json");
    const name = artifact === undefined ? "" : parseArtifactName(artifact);
    return c.json(view(await setStepUpRule(c.get("ctx"), kind, handle, name, required)), 200);
  })
  .openapi(routes.reset, async (c) => {
    await resetFactors(c.get("ctx"), c.req.valid("param").handle);
    return c.body(null, 204);
  });
