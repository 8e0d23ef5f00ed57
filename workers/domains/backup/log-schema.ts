import { z } from "zod";
import { isArtifactType } from "../../../core/artifact-types.ts";
import { isDigest } from "../../../core/digests.ts";
import { RegistryError } from "../../../core/errors.ts";
import { isArtifactName, isRepository } from "../../../core/identifiers.ts";
import { isTag } from "../../../core/references.ts";
import { isVersion } from "../../../core/versions.ts";
import type { GraphEvent, ManifestRow } from "../../objects/namespace-graph/events.ts";

/** An event as a backup has it: where a manifest's bytes are is each registry's own affair. */
export type PortableEvent = Omit<GraphEvent, "changes"> & { readonly changes: readonly PortableChange[] };
type Changes = GraphEvent["changes"][number];
export type PortableManifest = Omit<ManifestRow, "objectKey">;
export type PortableChange =
  | Exclude<Changes, { type: "manifest.put" }>
  | (Omit<Extract<Changes, { type: "manifest.put" }>, "manifest"> & { readonly manifest: PortableManifest });

const digest = z.string().refine(isDigest, "is not a digest");
const tag = z.string().refine(isTag, "is not a tag");
const version = z.string().refine(isVersion, "is not a version");
const artifactId = z.string().min(1);
const state = z.enum(["pending", "published", "deprecated", "yanked", "quarantined", "unpublished"]);
const deprecation = z.string().nullable();
const time = z.int().nonnegative();

const artifactName = z.string().refine(isArtifactName, "is not an artifact name");

const artifact = z.looseObject({
  id: artifactId,
  name: artifactName,
  repository: z.string().refine(isRepository, "is not a repository"),
  type: z.string().refine(isArtifactType, "is not an artifact type"),
  visibility: z.enum(["public", "private"]),
  description: z.string().nullable(),
  latestVersion: version.nullable(),
  versionCount: z.int().nonnegative(),
  createdAt: time,
  opens: z.literal(true).optional(),
});

const hold = z.looseObject({
  tags: z.array(tag),
  reasons: z.array(z.string()),
  users: z.array(z.string()),
  by: z.string(),
  at: time,
  subject: digest.nullable(),
  hidden: z.boolean(),
});

const manifest = z.looseObject({
  digest,
  mediaType: z.string(),
  artifactType: z.string().nullable(),
  size: z.int().nonnegative(),
  subject: digest.nullable(),
  annotations: z.record(z.string(), z.string()).nullable(),
  objectKey: z.never().optional(),
  body: z.string().nullable(),
  references: z.array(digest),
});

const published = z.looseObject({
  version,
  digest,
  state,
  deprecation,
  size: z.int().nonnegative(),
  manifest: z.json(),
  publishedAt: time,
  publishedBy: z.string(),
});

const change = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("artifact.put"), artifact }),
  z.looseObject({
    type: z.literal("artifact.rename"),
    artifactId,
    from: artifactName,
    formerRepository: z.string().refine(isRepository, "is not a repository"),
    name: artifactName,
  }),
  z.looseObject({ type: z.literal("manifest.put"), artifactId, manifest }),
  z.looseObject({ type: z.literal("manifest.delete"), artifactId, digest }),
  z.looseObject({ type: z.literal("manifest.hold"), artifactId, digest, hold }),
  z.looseObject({ type: z.literal("manifest.release"), artifactId, digest }),
  z.looseObject({ type: z.literal("tag.put"), artifactId, tag, digest, automatic: z.boolean().optional() }),
  z.looseObject({ type: z.literal("tag.delete"), artifactId, tag }),
  z.looseObject({ type: z.literal("version.put"), artifactId, version: published }),
  z.looseObject({ type: z.literal("version.state"), artifactId, version, state, deprecation }),
]);

const event = z.looseObject({
  seq: z.int().positive(),
  at: time,
  command: z.string(),
  userId: z.string(),
  changes: z.array(change),
});

/** Reads one line of a log. Errors: `invalid_request`, naming the field. What it does not know is kept as it is. */
export function parseEvent(line: string): PortableEvent {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new RegistryError("invalid_request", "A line of the log is no JSON.", { cause, suggestions: damaged });
  }
  const result = event.safeParse(json);
  if (result.success) return json as PortableEvent;
  const issue = result.error.issues[0];
  const seq = typeof json === "object" && json !== null && "seq" in json ? json.seq : "?";
  throw new RegistryError("invalid_request", `Event ${seq} of the log: ${issue?.path.join(".")} ${issue?.message}.`, {
    details: { seq },
    suggestions: damaged,
  });
}

const damaged = ["Use the log as it was exported, with a registry that is at least as new as the one that wrote it."];
