import type { ArtifactSummary } from "../domains/artifacts/index.ts";
import type { Publisher } from "../domains/verification/index.ts";
import { ArtifactCard } from "./home.tsx";
import { Layout, type Visitor } from "./layout.tsx";
import { Verified } from "./verified.tsx";

export interface NamespacePageProps {
  readonly kind: "users" | "orgs";
  readonly handle: string;
  readonly artifacts: readonly ArtifactSummary[];
  readonly publisher: Publisher;
  readonly visitor: Visitor | undefined;
}

/** What a user or an organisation has published, most recently changed first. */
export function NamespacePage({ kind, handle, artifacts, publisher, visitor }: NamespacePageProps) {
  return (
    <Layout
      title={`${handle} · Gati Registry`}
      description={`What ${handle} publishes on the Gati Registry`}
      visitor={visitor}
    >
      <h1>{handle}</h1>
      <p class="meta">
        {kind === "users" ? "User" : "Organisation"} · <code>{`${kind}/${handle}`}</code> <Verified {...publisher} />
      </p>
      <h2>Artifacts</h2>
      {artifacts.length > 0 ? (
        <ul class="grid">
          {artifacts.map((artifact) => (
            <ArtifactCard artifact={artifact} />
          ))}
        </ul>
      ) : (
        <p class="empty">{visitor ? "Nothing that you may see yet." : "Nothing public yet."}</p>
      )}
    </Layout>
  );
}
