import { OpenAPIHono, z } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { RegistryError } from "../../core/errors.ts";
import { mediaTypes } from "../../core/media-types.ts";
import { readBody } from "./read-body.ts";
import type { SurfaceEnv } from "./surface.ts";

/** A router for resources under /api/v1: inputs are parsed by their schemas, faults become problems. */
export function restRouter() {
  return new OpenAPIHono<SurfaceEnv>({
    defaultHook: (result) => {
      if (!result.success) throw faultyFields(result.error);
    },
  });
}

/** What is told about input that its schema refuses: every faulty field. */
export function faultyFields(error: z.ZodError | z.core.$ZodError): RegistryError {
  const issues = error.issues.map((issue) => ({ field: issue.path.join("."), problem: issue.message }));
  const first = issues[0];
  return new RegistryError(
    "invalid_request",
    first ? `${first.field || "body"}: ${first.problem}` : "The request is faulty.",
    {
      details: { issues },
      suggestions: ["Correct the fields that are named in details.issues; /api/v1/openapi.json has their schemas."],
    },
  );
}

/** JSON bodies name things and set switches; none comes near this. */
const maxJson = 256 * 1024;
/** Bodies that are a manifest, a log or a blob have limits of their own, or none. */
const otherBodies =
  /^PUT .*\/versions\/[^/]+$|^(?:POST|PATCH|PUT) .*\/admin\/imports\/[^/]+\/(?:logs|audit|uploads)\/[^/]+$/;

/** Bounds what a JSON body may take of a Worker's memory, with or without a Content-Length. */
export const boundedJson = createMiddleware<SurfaceEnv>(async (c, next) => {
  const { raw, method, path } = c.req;
  if (raw.body && !otherBodies.test(`${method} ${path}`)) {
    c.req.raw = new Request(raw, { method, body: (await readBody(raw, maxJson, "payload_too_large")) as BodyInit });
  }
  await next();
});

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    details: z.record(z.string(), z.unknown()),
    suggestions: z.array(z.string()),
    requestId: z.string(),
    timestamp: z.string(),
  })
  .openapi("Problem");

/** The answer that every operation may give instead of its own. */
export const problemResponse = {
  default: {
    description: "What went wrong and what to do next",
    content: { [mediaTypes.problem]: { schema: problemSchema } },
  },
} as const;

/** One JSON answer of an operation, for its OpenAPI description. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A JSON request body. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** Callers: strangers may be let through; a credential, where given, must be right. */
export const open: Record<string, string[]>[] = [{}, { bearer: [] }];
/** Callers: only with a credential. */
export const signedIn: Record<string, string[]>[] = [{ bearer: [] }];
