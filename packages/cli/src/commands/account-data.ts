import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { askText } from "../terminal/prompts.ts";
import { type AccountOptions, withAccount } from "../with-account.ts";

/** `gati account export` */
export function exportAccountCommand(): Command {
  return newCommand("export", "everything that the registry keeps about you, as JSON")
    .argument("[file]", "where to write it; left out: standard output")
    .option("--handle <handle>", "whose data")
    .option("--password-stdin", "read the password from standard input")
    .action(
      action(async (context: CommandContext, options: AccountOptions, file?: string) => {
        const data = await withAccount(context, options, [], ({ account }) => account.export());
        if (file === undefined) return context.output.document(data);
        const path = resolve(context.cwd, file);
        await writeFile(path, `${JSON.stringify(data, null, 2)}\n`, { mode: 0o600 });
        context.output.result({ file: path }, [`Written to ${path}.`]);
      }),
    );
}

interface DeleteOptions extends AccountOptions {
  readonly yes?: boolean;
}

/** `gati account delete` */
export function deleteAccountCommand(): Command {
  return newCommand("delete", "delete your account; nobody will ever get its handle, and public versions stay")
    .option("--handle <handle>", "which account")
    .option("--password-stdin", "read the password from standard input")
    .option("--yes", "do not ask again")
    .action(
      action(async (context: CommandContext, options: DeleteOptions) => {
        const handle = options.handle ?? context.login?.handle;
        if (handle === undefined)
          throw new CliError("usage", "Which account?", ["Name it with --handle, or run `gati login` first."]);
        if (!options.yes) {
          if (!context.output.interactive)
            throw new CliError("usage", "Deleting an account has to be confirmed.", ["Add --yes."]);
          if ((await askText(`Type ${handle} to delete the account`, "the handle")) !== handle)
            throw new CliError("interrupted", "Nothing was deleted.", []);
        }
        await withAccount(context, { ...options, handle }, [], ({ account }, { password }) => account.delete(password));
        if (context.login?.handle === handle) await context.credentials.delete(context.registry.origin);
        context.output.result({ deleted: handle }, [`The account ${handle} was deleted.`]);
      }),
    );
}
