import { spawn } from "node:child_process";

/** The program that opens an address in the person's browser; undefined where nobody would see it. */
export function browserCommand(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] | undefined {
  if (env["BROWSER"] === "none" || env["SSH_CONNECTION"]) return undefined;
  if (env["BROWSER"]) return [env["BROWSER"]];
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? ["xdg-open"] : undefined;
}

/** Opens an address in the person's browser if it can, without waiting. Returns whether it tried. */
export function openBrowser(url: URL, env: NodeJS.ProcessEnv): boolean {
  const [program, ...args] = browserCommand(env, process.platform) ?? [];
  // The address came from the registry: only a web page is ever handed to another program.
  if (program === undefined || !/^https?:$/.test(url.protocol)) return false;
  const child = spawn(program, [...args, url.href], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
  return true;
}
