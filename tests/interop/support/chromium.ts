import { existsSync } from "node:fs";
import { type BrowserContext, chromium } from "playwright-core";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Debian's browser with a profile of its own; pages have to work without JavaScript. */
export function openChromium(profile: string, viewport: { width: number; height: number }): Promise<BrowserContext> {
  const executablePath = candidates.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error("there is no Chromium; scripts/install-tools.sh installs it");
  return chromium.launchPersistentContext(profile, {
    executablePath,
    args: quiet,
    javaScriptEnabled: false,
    viewport,
  });
}
