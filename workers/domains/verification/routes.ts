import { createRoute, z } from "@hono/zod-openapi";
import {
  challengeName,
  proofRepository,
  proofText,
  repositoryFile,
  wellKnownPath,
} from "../../../core/verification/proof.ts";
import { json, jsonBody, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { checkVerification, removeVerification, startVerification, verificationsOf } from "./manage-verifications.ts";
import { proofKindSchema } from "./schemas.ts";
import type { VerificationRecord } from "./store.ts";

const tags = ["namespaces"];
const path = "/namespaces/{kind}/{handle}/verifications";
const params = z.object({ kind: z.enum(["users", "orgs"]), handle: z.string() });
const one = params.extend({ id: z.uuid() });
const verification = z
  .object({
    id: z.string(),
    kind: proofKindSchema,
    subject: z.string(),
    state: z.enum(["pending", "verified", "ended"]),
    method: z.enum(["dns", "well-known", "repository"]).nullable(),
    proof: z.string().openapi({ description: "The line that proves it" }),
    places: z.array(z.string()).openapi({ description: "Where that line may be; one of them is enough" }),
    startedAt: z.string(),
    verifiedAt: z.string().nullable(),
    checkedAt: z.string().nullable(),
    failingSince: z.string().nullable().openapi({ description: "Since when checks do not find the proof any more" }),
  })
  .openapi("Verification");
const checked = verification
  .extend({ finding: z.enum(["proved", "absent", "unreachable"]).openapi({ description: "What this check found" }) })
  .openapi("CheckedVerification");

const placesOf = ({ kind, subject }: VerificationRecord) =>
  kind === "domain"
    ? [`TXT record of ${challengeName(subject)}`, `https://${subject}${wellKnownPath}`]
    : [`file ${repositoryFile} in the public repository github.com/${subject}/${proofRepository}`];

const view = (row: VerificationRecord) => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  state: row.state,
  method: row.method,
  proof: proofText(row.token),
  places: placesOf(row),
  startedAt: row.startedAt.toISOString(),
  verifiedAt: row.verifiedAt?.toISOString() ?? null,
  checkedAt: row.checkedAt?.toISOString() ?? null,
  failingSince: row.failingSince?.toISOString() ?? null,
});

const routes = {
  list: createRoute({
    method: "get",
    path,
    tags,
    summary: "What a namespace has proved, or wants to (role read)",
    security: signedIn,
    request: { params },
    responses: { 200: json(z.object({ verifications: z.array(verification) }), "Verifications"), ...problemResponse },
  }),
  start: createRoute({
    method: "post",
    path,
    tags,
    summary: "Begin to prove that a namespace is a domain's or a GitHub account's (role admin)",
    security: signedIn,
    request: {
      params,
      body: jsonBody(z.strictObject({ kind: proofKindSchema, subject: z.string().min(1).max(300) })),
    },
    responses: { 200: json(verification, "What to publish where"), ...problemResponse },
  }),
  check: createRoute({
    method: "post",
    path: `${path}/{id}/check`,
    tags,
    summary: "Look for the proof now (role admin)",
    security: signedIn,
    request: { params: one },
    responses: { 200: json(checked, "How it stands"), ...problemResponse },
  }),
  remove: createRoute({
    method: "delete",
    path: `${path}/{id}`,
    tags,
    summary: "Take a verification away, and the badge with it (role admin)",
    security: signedIn,
    request: { params: one },
    responses: { 204: { description: "Gone" }, ...problemResponse },
  }),
};

/** Who a publisher is, and how that is proved. */
export const verificationRoutes = restRouter()
  .openapi(routes.list, async (c) => {
    const { kind, handle } = c.req.valid("param");
    return c.json({ verifications: (await verificationsOf(c.get("ctx"), kind, handle)).map(view) }, 200);
  })
  .openapi(routes.start, async (c) => {
    const { kind, handle } = c.req.valid("param");
    return c.json(view(await startVerification(c.get("ctx"), kind, handle, c.req.valid("json"))), 200);
  })
  .openapi(routes.check, async (c) => {
    const { kind, handle, id } = c.req.valid("param");
    const row = await checkVerification(c.get("ctx"), kind, handle, id);
    return c.json({ ...view(row), finding: row.finding }, 200);
  })
  .openapi(routes.remove, async (c) => {
    const { kind, handle, id } = c.req.valid("param");
    await removeVerification(c.get("ctx"), kind, handle, id);
    return c.body(null, 204);
  });
