/** What must be true of one repository, whoever asks. */
export interface State {
  readonly hidden: { artifact: boolean; namespace: boolean };
  readonly labels: Map<string, number>;
  /** Every version that was ever published. */
  readonly versions: Map<string, { readonly content: number; gone: boolean; deprecation: string | null }>;
  /** Contents whose manifests are here, tagged or not. */
  readonly manifests: Set<number>;
  /** Contents whose layers are here. */
  readonly layers: Set<number>;
}

export const labelNames = ["edge", "stable"] as const;
export const versionNames = ["1.0.0", "1.1.0"] as const;
/** Images that differ in their layer. */
export const contents = [0, 1, 2] as const;

export type Write =
  | { readonly do: "push" | "pushByRest"; readonly tag: string; readonly content: number }
  | { readonly do: "deleteTag"; readonly tag: string }
  | { readonly do: "deleteManifest" | "deleteLayer"; readonly content: number }
  | { readonly do: "unpublish"; readonly tag: string }
  | { readonly do: "deprecate"; readonly tag: string; readonly message: string | null }
  | { readonly do: "hide"; readonly what: "artifact" | "namespace"; readonly hidden: boolean };

const live = (state: State) => [...state.versions].filter(([, { gone }]) => !gone);

/** Where every tag leads; `latest` follows the highest version, a deprecated one only when there is no other. */
export function tagsOf(state: State): Map<string, number> {
  const versions = live(state).toSorted(([a], [b]) => (a < b ? 1 : -1));
  const [, latest] = versions.find(([, { deprecation }]) => deprecation === null) ?? versions[0] ?? [];
  return new Map([
    ...versions.map(([name, { content }]) => [name, content] as const),
    ...state.labels,
    ...(latest ? [["latest", latest.content] as const] : []),
  ]);
}

/** Changes the state as the write should, and returns the status that it should have. */
export function apply(state: State, write: Write): number {
  switch (write.do) {
    case "push":
    case "pushByRest": {
      state.layers.add(write.content);
      const known = state.versions.get(write.tag);
      if (known?.gone) return write.do === "pushByRest" ? 410 : 409;
      if (known && known.content !== write.content) return 409;
      state.manifests.add(write.content);
      if (!versionNames.some((name) => name === write.tag)) state.labels.set(write.tag, write.content);
      else if (!known) state.versions.set(write.tag, { content: write.content, gone: false, deprecation: null });
      return write.do === "pushByRest" && known ? 200 : 201;
    }
    case "deleteTag":
      if (state.labels.delete(write.tag)) return 202;
      return unpublish(state, write.tag) ? 202 : 404;
    case "unpublish":
      if (unpublish(state, write.tag)) return 200;
      return state.versions.has(write.tag) ? 410 : 404;
    case "deleteManifest":
      if (!state.manifests.delete(write.content)) return 404;
      for (const version of state.versions.values()) if (version.content === write.content) version.gone = true;
      for (const [label, content] of state.labels) if (content === write.content) state.labels.delete(label);
      return 202;
    case "deleteLayer":
      if (state.manifests.has(write.content)) return 405;
      return state.layers.delete(write.content) ? 202 : 404;
    case "deprecate": {
      const version = state.versions.get(write.tag);
      if (!version || version.gone) return version ? 410 : 404;
      version.deprecation = write.message;
      return 200;
    }
    case "hide":
      state.hidden[write.what] = write.hidden;
      return 200;
  }
}

/** The manifest goes with its last tag when that is a version. */
function unpublish(state: State, tag: string): boolean {
  const version = state.versions.get(tag);
  if (!version || version.gone) return false;
  version.gone = true;
  if (![...tagsOf(state).values()].includes(version.content)) state.manifests.delete(version.content);
  return true;
}
