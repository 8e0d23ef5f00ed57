/** For programs that mount the registry's commands, and for tests. */
export { loginCommand } from "./commands/login.ts";
export { logoutCommand } from "./commands/logout.ts";
export { createCommand } from "./commands/module-create.ts";
export { deprecateCommand } from "./commands/module-deprecate.ts";
export { infoCommand } from "./commands/module-info.ts";
export { installCommand } from "./commands/module-install.ts";
export { labelCommand } from "./commands/module-label.ts";
export { listCommand } from "./commands/module-list.ts";
export { publishCommand } from "./commands/module-publish.ts";
export { removeCommand } from "./commands/module-remove.ts";
export { unpublishCommand } from "./commands/module-unpublish.ts";
export { signupCommand } from "./commands/signup.ts";
export { whoamiCommand } from "./commands/whoami.ts";
export { type ExitCode, exitCodes } from "./exit-codes.ts";
export { createProgram, moduleCommand, registerCommands, registryCommand } from "./program.ts";
export { run } from "./run.ts";
