import { Command } from "commander";
import { deleteAccountCommand, exportAccountCommand } from "./commands/account-data.ts";
import { confirmEmailCommand, emailCommand } from "./commands/account-email.ts";
import { forgotPasswordCommand, passwordCommand, resetPasswordCommand } from "./commands/account-password.ts";
import { secondFactorCommand, stepUpCommand } from "./commands/account-second-factor.ts";
import { sessionsCommand } from "./commands/account-sessions.ts";
import { exportCommand } from "./commands/admin-export.ts";
import { gcCommand } from "./commands/admin-gc.ts";
import { importCommand } from "./commands/admin-import.ts";
import { namesCommand } from "./commands/admin-names.ts";
import { outboxCommand } from "./commands/admin-outbox.ts";
import { rebuildCommand } from "./commands/admin-rebuild.ts";
import { verifyCommand } from "./commands/admin-verify.ts";
import { approvalsCommand } from "./commands/approvals.ts";
import { invitationCommand } from "./commands/invitation.ts";
import { loginCommand } from "./commands/login.ts";
import { logoutCommand } from "./commands/logout.ts";
import { auditCommand } from "./commands/audit.ts";
import { createCommand } from "./commands/module-create.ts";
import { deprecateCommand } from "./commands/module-deprecate.ts";
import { infoCommand } from "./commands/module-info.ts";
import { installCommand } from "./commands/module-install.ts";
import { labelCommand } from "./commands/module-label.ts";
import { listCommand } from "./commands/module-list.ts";
import { publishCommand } from "./commands/module-publish.ts";
import { removeCommand } from "./commands/module-remove.ts";
import { renameCommand } from "./commands/module-rename.ts";
import { unpublishCommand } from "./commands/module-unpublish.ts";
import { orgCommand } from "./commands/org.ts";
import { publisherCommand } from "./commands/publisher.ts";
import { retentionCommand } from "./commands/retention.ts";
import { signupCommand } from "./commands/signup.ts";
import { teamCommand } from "./commands/team.ts";
import { tokenCommand } from "./commands/token.ts";
import { trustCommand } from "./commands/trust.ts";
import { whoamiCommand } from "./commands/whoami.ts";
import { cliVersion } from "./version.ts";

/** `gati module …` */
export function moduleCommand(): Command {
  const group = new Command("module").description("create, publish and install modules");
  for (const command of [
    createCommand(),
    publishCommand(),
    installCommand(),
    infoCommand(),
    listCommand(),
    removeCommand(),
    labelCommand(),
    renameCommand(),
    deprecateCommand(),
    unpublishCommand(),
  ]) {
    group.addCommand(command);
  }
  return group;
}

/** `gati registry …`: the account commands under the name that the module guide gives them. */
export function registryCommand(): Command {
  const group = new Command("registry").description("sign up, log in and out of a registry");
  for (const command of [signupCommand(), loginCommand(), logoutCommand(), whoamiCommand()]) group.addCommand(command);
  return group;
}

/** `gati account …` */
export function accountCommand(): Command {
  const group = new Command("account").description("your account: address, password, sessions, data");
  for (const command of [
    emailCommand(),
    confirmEmailCommand(),
    passwordCommand(),
    forgotPasswordCommand(),
    resetPasswordCommand(),
    sessionsCommand(),
    secondFactorCommand(),
    stepUpCommand(),
    exportAccountCommand(),
    deleteAccountCommand(),
  ]) {
    group.addCommand(command);
  }
  return group;
}

/** `gati admin …`: for operators of a registry. */
export function adminCommand(): Command {
  const group = new Command("admin").description("run a registry");
  for (const command of [
    gcCommand(),
    verifyCommand(),
    rebuildCommand(),
    exportCommand(),
    importCommand(),
    outboxCommand(),
    namesCommand(),
  ])
    group.addCommand(command);
  return group;
}

/** Mounts every command of the registry on another program, such as the framework's own `gati`. Returns the program. */
export function registerCommands(program: Command): Command {
  for (const command of [
    signupCommand(),
    loginCommand(),
    logoutCommand(),
    whoamiCommand(),
    accountCommand(),
    registryCommand(),
    moduleCommand(),
    tokenCommand(),
    trustCommand(),
    publisherCommand(),
    retentionCommand(),
    auditCommand(),
    orgCommand(),
    teamCommand(),
    invitationCommand(),
    approvalsCommand(),
    adminCommand(),
  ])
    program.addCommand(command);
  return program;
}

const help = `
Environment:
  GATI_REGISTRY      registry to talk to when --registry is not given
  GATI_API_KEY       API key to use instead of the stored one (also GATI_TOKEN)
  GATI_ID_TOKEN      ID token of a GitLab job, for publishing without a key; GitHub Actions needs none
  GATI_OTP           code of your second factor, where one is asked for
  GATI_CONFIG_DIR    where credentials are kept      GATI_CACHE_DIR  where caches are kept
  GATI_STORE_DIR     where installed content is kept, shared between projects
  NO_COLOR           no colours

Exit codes:
  0 done   1 unexpected   2 wrong use   3 not logged in or not allowed   4 not found   5 conflict, or already taken
  6 content is not what it should be   7 registry or network unavailable   8 invalid input
  9 gati.lock missing, out of date or damaged   10 exported without what the registry has lost
  130 interrupted`;

/** The `gati` program. */
export function createProgram(): Command {
  const program = new Command("gati")
    .description("Publish and install what Gati developers ship.")
    .version(cliVersion, "-v, --version")
    .showHelpAfterError("(add --help for more)")
    .addHelpText("after", help);
  return registerCommands(program);
}
