import type { ArtifactDetails, VersionDetails, VersionSummary } from "../domains/artifacts/index.ts";
import { formatBytes } from "../../core/format-bytes.ts";
import { formatDay, formatDownloads, shortName } from "./format.ts";
import { Verified } from "./verified.tsx";
import { Commands, Layout, type Visitor } from "./layout.tsx";

export interface ArtifactPageProps {
  readonly origin: string;
  readonly artifact: ArtifactDetails;
  readonly versions: readonly VersionSummary[];
  /** The version that the page shows in full: the latest one, absent while nothing is published. */
  readonly shown: VersionDetails | undefined;
  readonly visitor: Visitor | undefined;
}

/** Ways to fetch an artifact, each with its commands: which ones make sense depends on the type. */
function installation({ origin, artifact, shown }: ArtifactPageProps, tag: string): { by: string; lines: string[] }[] {
  const reference = `${new URL(origin).host}/${artifact.repository}:${tag}`;
  const gati = {
    by: "With the gati command",
    lines: [`gati module install ${shortName(artifact.repository)}@${tag} --registry ${origin}`],
  };
  const docker = { by: "With Docker, Podman or skopeo", lines: [`docker pull ${reference}`] };
  // oras takes a registry for HTTPS unless it is told; docker and skopeo know loopback addresses.
  const oras = {
    by: "With an OCI client",
    lines: [`oras pull ${origin.startsWith("http:") ? "--plain-http " : ""}${reference}`],
  };
  const url = `${origin}/api/v1/artifacts/${artifact.repository}/versions/${tag}/download`;
  const curl = { by: "With plain HTTP", lines: [`curl -OJ ${url}`] };
  if (artifact.type === "module-oci") return [docker];
  // A module that runs elsewhere has no content of its own to download.
  if (artifact.type === "module-external" || !shown) return [gati];
  return shown.layers.length === 1 ? [gati, oras, curl] : [gati, oras];
}

function State({ version }: { version: VersionSummary }) {
  if (version.state === "published") return <span class="badge accent">published</span>;
  return (
    <>
      <span class="badge warn">{version.state}</span> {version.deprecation}
    </>
  );
}

function Versions({ versions }: { versions: readonly VersionSummary[] }) {
  if (versions.length === 0) return <p class="empty">No version is published.</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Version</th>
            <th>Published</th>
            <th class="optional">By</th>
            <th>Size</th>
            <th class="optional">Downloads</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr>
              <td class="number">
                <strong>{version.version}</strong>
              </td>
              <td class="number">{formatDay(version.publishedAt)}</td>
              <td class="optional">{version.publishedBy}</td>
              <td class="number">{formatBytes(version.size)}</td>
              <td class="number optional">{version.downloads}</td>
              <td>
                <State version={version} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Contents({ version }: { version: VersionDetails }) {
  return (
    <>
      <h2>What {version.version} is made of</h2>
      <p class="meta">
        Manifest <code>{version.digest}</code>
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Content</th>
              <th>Size</th>
              <th>Digest</th>
            </tr>
          </thead>
          <tbody>
            {version.layers.map((layer) => (
              <tr>
                <td>{layer.title ?? layer.mediaType}</td>
                <td class="number">{formatBytes(layer.size)}</td>
                <td>
                  <code title={layer.digest}>{layer.digest.slice(0, 19)}…</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Labels({ labels }: { labels: ArtifactDetails["labels"] }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <>
      <h2>Labels</h2>
      <p>
        {entries.map(([label, { version, digest }]) => (
          <>
            <span class="badge">
              {label} → {version ?? digest.slice(0, 19)}
            </span>{" "}
          </>
        ))}
      </p>
    </>
  );
}

/** One artifact: what it is, how to get it, which versions there are. */
export function ArtifactPage(props: ArtifactPageProps) {
  const { artifact, versions, shown } = props;
  const tag = shown?.version ?? Object.keys(artifact.labels)[0];
  const name = shortName(artifact.repository);
  return (
    <Layout
      title={`${name} · Gati Registry`}
      description={artifact.description ?? `${name} on the Gati Registry`}
      visitor={props.visitor}
    >
      <h1>{name}</h1>
      <p class="lead">{artifact.description ?? "No description."}</p>
      <p class="meta">
        <span class="badge accent">{artifact.type}</span>{" "}
        {artifact.visibility === "private" ? <span class="badge warn">private</span> : null}{" "}
        {artifact.latest ? <span class="badge">{artifact.latest}</span> : null} by{" "}
        <a href={`/${artifact.namespace}`}>{artifact.namespace.split("/")[1]}</a> <Verified {...artifact.publisher} /> ·{" "}
        <code>{artifact.repository}</code> · {formatDownloads(artifact.downloads)}
      </p>
      {shown?.deprecation ? (
        <p>
          <span class="badge warn">deprecated</span> {shown.deprecation}
        </p>
      ) : null}
      <h2>Install</h2>
      {tag ? (
        installation(props, tag).map(({ by, lines }) => (
          <>
            <p class="meta">{by}</p>
            <Commands lines={lines} />
          </>
        ))
      ) : (
        <p class="empty">There is nothing to install: its versions were unpublished, or it was pushed without a tag.</p>
      )}
      <h2>Versions</h2>
      <Versions versions={versions} />
      <Labels labels={artifact.labels} />
      {shown ? <Contents version={shown} /> : null}
    </Layout>
  );
}
