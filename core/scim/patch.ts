import { z } from "zod";
import { attributeName, type PatchPath, parsePath } from "./filter.ts";

/** One change, after what clients write in different ways is written in one. */
export interface PatchOperation {
  readonly op: "add" | "replace" | "remove";
  readonly path: PatchPath;
  readonly value: unknown;
}

const mostOperations = 200;

/** Entra ID writes `Replace`; some clients leave the schema out. */
const patchSchema = z.object({
  Operations: z
    .array(
      z.object({
        op: z
          .string()
          .transform((text) => text.toLowerCase())
          .pipe(z.enum(["add", "replace", "remove"])),
        path: z.string().optional(),
        value: z.unknown().optional(),
      }),
    )
    .min(1)
    .max(mostOperations),
});

/**
 * The operations of a PATCH. One without a path has an object whose keys are paths, as Okta (`{"active": false}`) and Entra
 * ID (`{"name.givenName": "Ann"}`) send it. Throws a plain Error.
 */
export function parsePatch(body: unknown): PatchOperation[] {
  const parsed = patchSchema.safeParse(body);
  if (!parsed.success) throw new Error("Operations: a list of { op: add | replace | remove, path, value } is needed");
  return parsed.data.Operations.flatMap(({ op, path, value }) => {
    if (path !== undefined && path !== "") return [{ op, path: parsePath(path), value }];
    if (op === "remove") throw new Error("remove needs a path");
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new Error("value has to be an object");
    return Object.entries(value)
      .filter(([key]) => attributeName(key) !== "schemas" && !isExtension(key))
      .map(([key, one]) => ({ op, path: parsePath(key), value: one }));
  });
}

/** A whole extension as one key: nothing of it is kept. */
const isExtension = (key: string) => key.toLowerCase().startsWith("urn:ietf:params:scim:schemas:extension:");

/** A switch as clients write it: Entra ID sends "True" and "False". Undefined when it is none. */
export function asSwitch(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  return text === "true" ? true : text === "false" ? false : undefined;
}
