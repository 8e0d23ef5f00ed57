import { copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./tools.ts";

const applets = ["sh", "ls", "cat", "echo", "wget"];

/** Makes an OCI layout at `layout` whose image `1` is Debian's statically linked busybox. Returns `layout`. */
export async function buildBusyboxLayout(layout: string): Promise<string> {
  const bundle = `${layout}-bundle`;
  await runTool("umoci", ["init", "--layout", layout]);
  await runTool("umoci", ["new", "--image", `${layout}:1`]);
  await runTool("umoci", ["unpack", "--rootless", "--image", `${layout}:1`, bundle]);
  const bin = join(bundle, "rootfs", "bin");
  await mkdir(bin);
  await copyFile("/bin/busybox", join(bin, "busybox"));
  for (const applet of applets) await symlink("busybox", join(bin, applet));
  await runTool("umoci", ["repack", "--image", `${layout}:1`, bundle]);
  await runTool("umoci", [
    ...["config", "--image", `${layout}:1`, "--config.entrypoint", "/bin/sh"],
    ...["--architecture", "amd64", "--os", "linux", "--author", "Gati Registry interop suite"],
  ]);
  await runTool("umoci", ["gc", "--layout", layout]);
  return layout;
}
