import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { CommandContext } from "./context.ts";
import { CliError } from "./failure.ts";
import { type DeviceSession, isTransient, type Scope } from "./sdk.ts";
import { openBrowser } from "./terminal/open-browser.ts";

const client = "gati command line";

/** Only an address of the registry itself, or what is printed could lead a person anywhere. */
function pageOf(context: CommandContext, address: string): URL {
  const url = new URL(address);
  if (url.protocol === "https:" || url.origin === context.registry.origin) return url;
  throw new CliError("content_invalid", `${context.registry.origin} names a page that is not encrypted.`, [
    "Log in with the password instead: gati login --password",
  ]);
}

/**
 * Lets a person with a browser log this machine in: shows a code, opens the page that asks for it where it can, and waits
 * until they have decided. Errors: `not_logged_in` when they refuse, `interrupted` when nobody decides in time.
 */
export async function loginByDevice(context: CommandContext, scopes: readonly Scope[]): Promise<DeviceSession> {
  const { output, env } = context;
  const { deviceLogin } = context.clientWith(undefined);
  const codes = await deviceLogin.begin({ client, device: hostname(), scopes });
  const page = pageOf(context, codes.pageWithCode);
  output.note(`Open ${output.style("cyan", codes.page)}`);
  output.note(`and type the code ${output.style("bold", codes.userCode)}.`);
  output.note(`Or open ${page.href}`);
  if (output.interactive && openBrowser(page, env)) output.note("Your browser should show it now.");
  output.note("Waiting for you there …");
  const until = Date.now() + codes.expiresInSeconds * 1000;
  let pause = codes.interval;
  while (Date.now() < until) {
    await delay(pause * 1000);
    const answer = await deviceLogin.ask(client, codes.deviceCode).catch((error: unknown) => {
      // A network that is away for a moment costs one question.
      if (isTransient(error)) return { kind: "waiting", slowDown: true } as const;
      throw error;
    });
    if (answer.kind === "session") return answer.session;
    if (answer.kind === "denied")
      throw new CliError("not_logged_in", "The login was refused on the page.", [
        "Run gati login again if that was a mistake.",
      ]);
    if (answer.kind === "expired") break;
    if (answer.kind === "waiting" && answer.slowDown) pause += 5;
  }
  throw new CliError("interrupted", "Nobody let this machine in within ten minutes.", ["Run gati login again."]);
}
