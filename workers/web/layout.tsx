import type { Child } from "hono/jsx";
import { stylesheetPath } from "./stylesheet.ts";

/** The frame of every page. */
export function Layout({ title, description, children }: { title: string; description: string; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="description" content={description} />
        <title>{title}</title>
        <link rel="stylesheet" href={stylesheetPath} />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header>
          <a class="home" href="/">
            gati<span>·</span>registry
          </a>
          <nav aria-label="Main">
            <a href="/#newest">Newest</a>
            <a href="/#publish">Publish</a>
            <a href="/api/v1/openapi.json">API</a>
          </nav>
        </header>
        <main id="content">{children}</main>
        <footer>Every version is one OCI manifest: the same bytes under one digest, whichever client asks.</footer>
      </body>
    </html>
  );
}

/** Shell commands that a reader copies; the prompt is not part of a selection. */
export function Commands({ lines }: { lines: readonly string[] }) {
  return (
    <pre tabindex={0}>
      {lines.map((line, index) => (
        <>
          {index > 0 ? "\n" : ""}
          <span class="prompt">$ </span>
          <code>{line}</code>
        </>
      ))}
    </pre>
  );
}
