import { indexMediaTypes } from "../../../core/media-types.ts";
import type { GraphEvent } from "./events.ts";
import type { GraphState } from "./state.ts";

/**
 * Changes the graph's own tables as the command that left this event did: a log that is replayed from its first event
 * leads to exactly the tables that it came from.
 */
export function replay(state: GraphState, event: GraphEvent): void {
  for (const [position, change] of event.changes.entries()) {
    switch (change.type) {
      case "artifact.put": {
        const { id, name, type, visibility, description, createdAt, opens } = change.artifact;
        state.putArtifact({ id, name, type, visibility, description, created_at: createdAt, opens: opens ? 1 : 0 });
        break;
      }
      case "artifact.rename":
        state.renameArtifact(change.artifactId, change.from, change.name);
        break;
      case "manifest.put": {
        const { digest, mediaType, references } = change.manifest;
        // An index names nothing but its members, and nothing else has any.
        state.putManifest(change.artifactId, digest, indexMediaTypes.has(mediaType) ? references : []);
        break;
      }
      case "manifest.delete":
        state.deleteManifest(change.artifactId, change.digest);
        break;
      case "manifest.hold":
        state.putHold(change.artifactId, change.digest, change.hold);
        break;
      case "manifest.release":
        state.dropHold(change.artifactId, change.digest);
        break;
      case "tag.put": {
        const automatic = change.automatic ?? movedByItself(event, position);
        state.putTag(change.artifactId, change.tag, change.digest, automatic);
        break;
      }
      case "tag.delete":
        state.deleteTag(change.artifactId, change.tag);
        break;
      case "version.put": {
        const { version, digest, state: published, deprecation } = change.version;
        state.putVersion(change.artifactId, { version, digest, state: published, deprecation });
        break;
      }
      case "version.state": {
        const { artifactId, version, deprecation } = change;
        const entry = state.version(artifactId, version);
        if (entry) state.putVersion(artifactId, { ...entry, state: change.state, deprecation });
        break;
      }
    }
  }
}

/**
 * Logs from before it was recorded: a publish sets the tags that it was asked for first, then the version, and `latest`
 * follows after that; no other command of that time set a tag that somebody asked for.
 */
function movedByItself(event: GraphEvent, position: number): boolean {
  return (
    event.command !== "manifest.publish" ||
    event.changes.slice(0, position).some((change) => change.type === "version.put")
  );
}
