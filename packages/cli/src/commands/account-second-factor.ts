import { Command } from "commander";
import { renderUnicodeCompact } from "uqr";
import { action, newCommand } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { CliError } from "../failure.ts";
import { parseNamespacePath, parseRepository, type SecondFactors } from "../sdk.ts";
import { askConfirmation, askText } from "../terminal/prompts.ts";
import { type AccountOptions, withAccount } from "../with-account.ts";

const account = (name: string, description: string) =>
  newCommand(name, description)
    .option("--handle <handle>", "whose account")
    .option("--password-stdin", "read the password from standard input");

function statusLines({ level, app, passkeys, recoveryCodesLeft }: SecondFactors): string[] {
  if (level === "off") return ["Your account has no second factor. Give it one: gati account second-factor enable"];
  return [
    `Asked for ${level === "publish" ? "at sign-in, and before anything is published" : "at sign-in"}.`,
    ...(app ? [`Authenticator app since ${app.since}`] : []),
    ...passkeys.map(({ id, name, lastUsedAt }) => `Passkey ${name}, last used ${lastUsedAt ?? "never"} (${id})`),
    `${recoveryCodesLeft} recovery codes left`,
  ];
}

function codeLines(codes: readonly string[]): string[] {
  if (codes.length === 0) return [];
  return ["Recovery codes, each good once in place of your app. Keep them where your app is not:", "", ...codes];
}

function status(): Command {
  return account("status", "show your second factors").action(
    action(async (context: CommandContext, options: AccountOptions) => {
      const found = await withAccount(context, options, [], (client) => client.secondFactor.status());
      context.output.result(found, statusLines(found));
    }),
  );
}

function enable(): Command {
  return account("enable", "add an authenticator app").action(
    action(async (context: CommandContext, options: AccountOptions) => {
      const { output } = context;
      await withAccount(context, options, [], async (client, { password }) => {
        const { secret, uri } = await client.secondFactor.beginApp({ password });
        if (!output.interactive) {
          output.result({ secret, uri, confirmed: false }, [
            `Give your app this secret: ${secret}`,
            uri,
            "Then: gati account second-factor confirm <code>",
          ]);
          return;
        }
        output.note(renderUnicodeCompact(uri));
        output.note(`Scan it with your authenticator app, or type the secret: ${secret}`);
        const code = await askText("Code that the app shows", "the code");
        const recoveryCodes = await client.secondFactor.confirmApp(code);
        output.result({ confirmed: true, recoveryCodes }, ["Your app is on.", ...codeLines(recoveryCodes)]);
      });
    }),
  );
}

function confirm(): Command {
  return account("confirm", "turn the app on by a code that it shows")
    .argument("<code>")
    .action(
      action(async (context: CommandContext, options: AccountOptions, code: string) => {
        const work = withAccount(context, options, [], (client) => client.secondFactor.confirmApp(code));
        const recoveryCodes = await work;
        context.output.result({ confirmed: true, recoveryCodes }, ["Your app is on.", ...codeLines(recoveryCodes)]);
      }),
    );
}

function disable(): Command {
  return account("disable", "remove the app, or all second factors with your recovery codes")
    .option("--app", "only the authenticator app")
    .option("--passkey <id>", "only this passkey")
    .option("--yes", "do not ask")
    .action(
      action(
        async (context: CommandContext, options: AccountOptions & { app?: true; passkey?: string; yes?: true }) => {
          const { app, passkey, yes } = options;
          const what = app ? "the authenticator app" : passkey ? "the passkey" : "all second factors";
          if (!yes && context.output.interactive && !(await askConfirmation(`Remove ${what}?`))) return;
          await withAccount(context, options, [], ({ secondFactor }) => {
            if (app) return secondFactor.removeApp();
            return passkey === undefined ? secondFactor.disable() : secondFactor.removePasskey(passkey);
          });
          context.output.result({ removed: true }, [`Removed ${what}.`]);
        },
      ),
    );
}

function renew(): Command {
  return account("recovery-codes", "replace your recovery codes").action(
    action(async (context: CommandContext, options: AccountOptions) => {
      const codes = await withAccount(context, options, [], (client) => client.secondFactor.renewRecoveryCodes());
      context.output.result({ recoveryCodes: codes }, codeLines(codes));
    }),
  );
}

function chooseLevel(): Command {
  return account("level", "say when your factor is asked for")
    .argument("<level>", "sign-in, or publish: before anything is published too")
    .action(
      action(async (context: CommandContext, options: AccountOptions, wanted: string) => {
        if (wanted !== "sign-in" && wanted !== "publish")
          throw new CliError("usage", `"${wanted}" is no level.`, ["Use sign-in or publish."]);
        await withAccount(context, options, [], (client) => client.secondFactor.setLevel(wanted));
        context.output.result({ level: wanted }, [`Your factor is asked for: ${wanted}.`]);
      }),
    );
}

/** A namespace, or an artifact in one. */
function placeOf(text: string) {
  if (text.split("/").length < 3) return { namespace: parseNamespacePath(text).namespace };
  const { kind, handle, name } = parseRepository(text);
  return { namespace: parseNamespacePath(`${kind}/${handle}`).namespace, artifact: name as string };
}

function demand(): Command {
  return account("require", "let only people with a fresh second factor publish in a namespace or artifact")
    .argument("<place>", "users/ann, orgs/acme or users/ann/thing")
    .option("--off", "stop asking")
    .action(
      action(async (context: CommandContext, options: AccountOptions & { off?: true }, place: string) => {
        const { namespace, ...artifact } = placeOf(place);
        const required = options.off !== true;
        const rules = await withAccount(context, options, [], (client) =>
          client.secondFactor.setRule(namespace, { ...artifact, required }),
        );
        context.output.result(rules, [
          `${place} ${required ? "asks for a fresh second factor" : "does not ask for one by itself"}.`,
        ]);
      }),
    );
}

/** `gati account second-factor …` */
export function secondFactorCommand(): Command {
  const group = new Command("second-factor").description("an authenticator app and recovery codes for your account");
  for (const command of [status(), enable(), confirm(), disable(), renew(), chooseLevel(), demand()])
    group.addCommand(command);
  return group;
}

/** `gati account step-up` */
export function stepUpCommand(): Command {
  return newCommand(
    "step-up",
    "buy a token with a code, for clients that cannot ask; only it goes to standard output",
  ).action(
    action(async (context: CommandContext) => {
      context.requireCredential();
      const why = "A step-up token needs a code of your second factor.";
      const bought = await context.codes.until(why, undefined, (code) => context.client.auth.stepUp(code));
      const { host } = context.registry;
      context.output.note(`Good for ${bought.expiresIn / 60} minutes, also as a password: docker login ${host}`);
      context.output.result(bought, [bought.token]);
    }),
  );
}
