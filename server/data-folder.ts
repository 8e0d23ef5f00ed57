import { accessSync, chmodSync, constants, mkdirSync } from "node:fs";
import { StartError, systemCode } from "./start-error.ts";

/** Makes the data folder if needed, readable by its owner only. Throws `StartError` when it cannot be written. */
export function prepareDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    chmodSync(folder, 0o700);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" || code === "ENOTDIR") throw new StartError(`The data folder ${folder} is not a folder.`);
    throw new StartError(`The data folder ${folder} cannot be written (${code ?? String(error)}).`);
  }
}
