import type { ArtifactSummary } from "../domains/artifacts/index.ts";
import { formatDay, shortName } from "./format.ts";
import { Commands, Layout, type Visitor } from "./layout.tsx";

/** One artifact in a grid of cards. */
export function ArtifactCard({ artifact }: { artifact: ArtifactSummary }) {
  return (
    <li>
      <a class="card" href={`/${artifact.repository}`}>
        <strong>{shortName(artifact.repository)}</strong>
        <p>{artifact.description ?? "No description."}</p>
        <span class="badge accent">{artifact.type}</span>{" "}
        {artifact.latest ? <span class="badge">{artifact.latest}</span> : null}{" "}
        <span class="badge">{formatDay(artifact.updatedAt)}</span>
      </a>
    </li>
  );
}

/** The first page: what this is, what is new, how to publish. */
export function HomePage({
  origin,
  artifacts,
  visitor,
}: {
  origin: string;
  artifacts: readonly ArtifactSummary[];
  visitor: Visitor | undefined;
}) {
  const { host } = new URL(origin);
  const example = artifacts.findLast((artifact) => artifact.type === "module-node");
  return (
    <Layout title="Gati Registry" description="One registry for everything a Gati developer ships." visitor={visitor}>
      <h1>One registry for everything a Gati developer ships</h1>
      <p class="lead">
        Modules, plugins, AI models, agents, templates and snapshots. Each version is one OCI manifest that the gati
        command, OCI clients and plain HTTP all reach under the same digest.
      </p>
      {example ? (
        <>
          <h2>Install something</h2>
          <Commands lines={[`gati module install ${shortName(example.repository)} --registry ${origin}`]} />
        </>
      ) : null}
      <h2 id="newest">Newest</h2>
      {artifacts.length > 0 ? (
        <ul class="grid">
          {artifacts.map((artifact) => (
            <ArtifactCard artifact={artifact} />
          ))}
        </ul>
      ) : (
        <p class="empty">Nothing is published yet. The commands below publish the first artifact.</p>
      )}
      <h2 id="publish">Publish your own</h2>
      <p>With the gati command, from a folder with a Gati manifest or a package.json:</p>
      <Commands
        lines={[
          `gati signup --registry ${origin}`,
          "gati module create my-module",
          "cd my-module && npm install && npm run build",
          "gati module publish",
        ]}
      />
      <p>With any OCI client, into the namespace of your handle:</p>
      <Commands lines={[`docker login ${host}`, `docker push ${host}/users/YOUR-HANDLE/my-image:1.0.0`]} />
      <p class="meta">
        A tag that is a semantic version is published for good and never changes; any other tag is a label that you can
        move.
      </p>
    </Layout>
  );
}
