import { accessSync, chmodSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StartError, systemCode } from "./start-error.ts";

/** Like `mkdir -p`. Node's own recursive form never returns below /proc, where a folder cannot be made. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) === "EEXIST" && statSync(path).isDirectory()) return;
    if (systemCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Makes the data folder if needed, readable by its owner only. Throws `StartError` when it cannot be written. */
export function prepareDataFolder(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    chmodSync(folder, 0o700);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" || code === "ENOTDIR") throw new StartError(`The data folder ${folder} is not a folder.`);
    throw new StartError(`The data folder ${folder} cannot be written (${code ?? String(error)}).`);
  }
}
