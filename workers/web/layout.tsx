import type { Child } from "hono/jsx";
import { stylesheetPath } from "./stylesheet.ts";

/** Who sees the page, as its frame says it. */
export interface Visitor {
  readonly handle: string;
  /** `formToken`, for the way out. */
  readonly token: string;
}

export interface LayoutProps {
  readonly title: string;
  readonly description: string;
  readonly children: Child;
  readonly visitor?: Visitor | undefined;
  /** A page with one form: narrow, and not for search engines. */
  readonly narrow?: boolean;
  /** Scripts of ours that the page runs; its policy has to allow them. */
  readonly scripts?: readonly string[];
}

function VisitorMenu({ visitor }: { visitor: Visitor | undefined }) {
  if (!visitor) return <a href="/sign-in">Sign in</a>;
  return (
    <>
      <a href="/account">{visitor.handle}</a>
      <form method="post" action="/sign-out" class="plain">
        <input type="hidden" name="token" value={visitor.token} />
        <button class="link" type="submit">
          Sign out
        </button>
      </form>
    </>
  );
}

/** The frame of every page. */
export function Layout({ title, description, children, visitor, narrow, scripts = [] }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="description" content={description} />
        <title>{title}</title>
        <link rel="stylesheet" href={stylesheetPath} />
        <link rel="icon" href="data:," />
        {narrow ? <meta name="robots" content="noindex" /> : null}
        {scripts.map((source) => (
          <script type="module" src={source} />
        ))}
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
            <VisitorMenu visitor={visitor} />
          </nav>
        </header>
        <main id="content" {...(narrow ? { class: "narrow" } : {})}>
          {children}
        </main>
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
