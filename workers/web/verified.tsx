import type { Publisher } from "../domains/verification/index.ts";

/** The badge of a verified publisher: one for each thing that is proved. */
export function Verified({ verified }: Publisher) {
  return (
    <>
      {verified.map(({ kind, subject }) => (
        <>
          <span
            class="badge accent"
            title={kind === "domain" ? "Proved by the domain" : "Proved by the GitHub account"}
          >
            ✓ {kind === "github" ? "github.com/" : ""}
            {subject}
          </span>{" "}
        </>
      ))}
    </>
  );
}
