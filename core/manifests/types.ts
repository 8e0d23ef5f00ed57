import type { ArtifactType } from "../artifact-types.ts";
import type { ArtifactName, Handle } from "../identifiers.ts";
import type { Version } from "../versions.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export interface Capability {
  readonly name: string;
  /** False when the artifact also works without it. */
  readonly required: boolean;
  readonly description?: string;
  readonly resources?: readonly string[];
}

/** A named type in whatever GType dialect the author wrote; `definition` is kept as it was. */
export interface GTypeDeclaration {
  readonly name: string;
  readonly definition: JsonObject;
}

/** A method that the artifact offers. `input` and `output` name GTypes. Other keys are the author's (timeout, retry). */
export interface ExportedMethod {
  readonly input?: string;
  readonly output?: string;
  readonly description?: string;
  readonly [key: string]: JsonValue | undefined;
}

/**
 * What every manifest shape of the ecosystem is read into, and what the config blob of a Gati version holds.
 * Reading a normalised manifest again gives the same manifest.
 */
export interface GatiManifest {
  readonly schemaVersion: 1;
  /** Name without scope. */
  readonly name: ArtifactName;
  /** Handle of the namespace, when the author wrote one (`@scope/name`, `namespace: gati.dev/users/scope`). */
  readonly scope?: Handle;
  readonly version: Version;
  readonly type: ArtifactType;
  readonly description?: string;
  readonly author?: string;
  readonly license?: string;
  readonly keywords?: readonly string[];
  /** What the author calls the kind of module: database, auth, queue … */
  readonly category?: string;
  /** URL of the source repository. */
  readonly repository?: string;
  readonly homepage?: string;
  /**
   * Gati artifacts that this one needs: `@handle/name` to a semver range, a label or `*`. A key without handle
   * names an artifact of the same namespace (the documents' short form); publishing with the CLI qualifies it.
   */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly capabilities?: readonly Capability[];
  readonly gtypes?: readonly GTypeDeclaration[];
  readonly exports?: Readonly<Record<string, ExportedMethod>>;
  /** Contracts that the module fulfils, such as `@gati-framework/database-contract`. */
  readonly contracts?: readonly string[];
  /** Settings of the artifact's type: entry file, wasm file, model format, template variables … */
  readonly config?: JsonObject;
  readonly resources?: JsonObject;
  readonly permissions?: JsonObject;
  readonly networkAccess?: JsonObject;
  readonly healthCheck?: JsonObject;
  readonly timescape?: JsonObject;
  readonly modelCard?: JsonObject;
  readonly benchmarks?: JsonObject;
  readonly billing?: JsonObject;
  readonly provenance?: JsonObject;
  /** Of a transformer: the artifact, the two version ranges and the changed types. */
  readonly transform?: JsonObject;
  /** Of a node package: entry points, engines and npm dependencies, as in its package.json. */
  readonly npm?: JsonObject;
  /** Every field that has no place above, as the author wrote it. */
  readonly original?: JsonObject;
}
