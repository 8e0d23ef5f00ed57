import { RegistryError } from "../../../core/errors.ts";
import type { Context } from "../../context.ts";
import { auditNote } from "../audit/index.ts";
import { factorMethods, type FactorMethod, requireUser, type User } from "../auth/index.ts";
import { afterChange } from "./after-change.ts";
import { codesRenewedLetter, factorRemovedLetter, factorsRemovedLetter } from "./letters.ts";
import { listPasskeys, type PasskeyRecord, removePasskey, renamePasskey } from "./passkey-store.ts";
import { makeRecoveryCodes } from "./recovery-codes.ts";
import { requireRecentFactor } from "./require-recent-factor.ts";
import {
  codesAndLevel,
  type FactorLevel,
  findTotp,
  putLevel,
  removeAllFactors,
  removeTotp,
  replaceRecoveryCodes,
} from "./store.ts";

export interface FactorStatus {
  /** `off`: the account has no factor. `publish` asks at sign-in too. */
  readonly level: "off" | FactorLevel;
  readonly methods: readonly FactorMethod[];
  readonly appSince: Date | null;
  readonly passkeys: readonly PasskeyRecord[];
  readonly recoveryCodesLeft: number;
}

/** The second factors of an account, without their secrets. */
export async function factorsOf({ db }: Pick<Context, "db">, userId: string): Promise<FactorStatus> {
  const [methods, totp, passkeys, { codes, level }] = await Promise.all([
    factorMethods(db, userId),
    findTotp(db, userId),
    listPasskeys(db, userId),
    codesAndLevel(db, userId),
  ]);
  return {
    level: methods.length === 0 ? "off" : (level ?? "sign-in"),
    methods,
    appSince: totp?.confirmedAt ?? null,
    passkeys,
    recoveryCodesLeft: codes,
  };
}

/** The caller's second factors. Needs the scope `admin`. */
export async function ownFactors(ctx: Context): Promise<FactorStatus> {
  return factorsOf(ctx, requireUser(ctx.actor, "admin").userId);
}

/** The caller, with a fresh factor if the account has one: for whatever makes the account weaker. */
async function provedCaller(ctx: Context): Promise<User> {
  const user = requireUser(ctx.actor, "admin");
  await requireRecentFactor(ctx);
  return user;
}

const nothingThere = (what: string) =>
  new RegistryError("name_unknown", `Your account has no ${what}.`, {
    suggestions: ["See what it has: gati account second-factor status."],
  });

const about = (ctx: Context, { handle }: User) => ({ service: ctx.settings.service, handle });

const noteOf = (ctx: Context, { handle }: User, action: string, details: Record<string, string> = {}) =>
  auditNote(ctx, { handle }, action, `users/${handle}`, details);

/** Removes the authenticator app. Needs the scope `admin` and a fresh factor. Errors: `name_unknown`, `second_factor_required`. */
export async function removeApp(ctx: Context): Promise<void> {
  const user = await provedCaller(ctx);
  const audit = noteOf(ctx, user, "totp.removed");
  const letter = factorRemovedLetter(about(ctx, user), "The authenticator app");
  const telling = { userId: user.userId, audit, letter, at: new Date(ctx.now()) };
  if (!(await removeTotp(ctx.db, telling))) throw nothingThere("authenticator app");
  afterChange(ctx, audit);
}

/** Gives a passkey another name. Needs the scope `admin`. Errors: `name_unknown`. */
export async function renameOwnPasskey(ctx: Context, id: string, name: string): Promise<PasskeyRecord> {
  const user = requireUser(ctx.actor, "admin");
  const audit = noteOf(ctx, user, "passkey.renamed", { passkey: id, name });
  const renamed = await renamePasskey(ctx.db, user.userId, id, name, audit);
  if (!renamed) throw nothingThere("passkey with this id");
  afterChange(ctx, audit);
  return renamed;
}

/** Removes a passkey. Needs the scope `admin` and a fresh factor. Errors: `name_unknown`, `second_factor_required`. */
export async function removeOwnPasskey(ctx: Context, id: string): Promise<void> {
  const user = await provedCaller(ctx);
  const audit = noteOf(ctx, user, "passkey.removed", { passkey: id });
  const letter = factorRemovedLetter(about(ctx, user), "A passkey");
  const telling = { userId: user.userId, audit, letter, at: new Date(ctx.now()) };
  if (!(await removePasskey(ctx.db, id, telling))) throw nothingThere("passkey with this id");
  afterChange(ctx, audit);
}

/** Removes every factor, the recovery codes and the level. Needs the scope `admin` and a fresh factor. Errors: as above. */
export async function removeFactors(ctx: Context): Promise<void> {
  const user = await provedCaller(ctx);
  const audit = noteOf(ctx, user, "second_factor.removed");
  const letter = factorsRemovedLetter(about(ctx, user));
  const telling = { userId: user.userId, audit, letter, at: new Date(ctx.now()) };
  if (!(await removeAllFactors(ctx.db, telling))) throw nothingThere("second factor");
  afterChange(ctx, audit);
}

/** Replaces the recovery codes and shows the new ones this one time. Needs the scope `admin` and a fresh factor. Errors: as above. */
export async function renewRecoveryCodes(ctx: Context): Promise<string[]> {
  const user = await provedCaller(ctx);
  if ((await factorMethods(ctx.db, user.userId)).length === 0) throw nothingThere("second factor");
  const { codes, hashes } = await makeRecoveryCodes(user.userId);
  const audit = noteOf(ctx, user, "recovery_codes.renewed");
  const letter = codesRenewedLetter(about(ctx, user));
  await replaceRecoveryCodes(ctx.db, hashes, { userId: user.userId, audit, letter, at: new Date(ctx.now()) });
  afterChange(ctx, audit);
  return codes;
}

/** Says when the factor is asked for. Needs the scope `admin` and a fresh factor. Errors: as above. */
export async function setLevel(ctx: Context, level: FactorLevel): Promise<void> {
  const user = await provedCaller(ctx);
  if ((await factorMethods(ctx.db, user.userId)).length === 0) throw nothingThere("second factor");
  const audit = noteOf(ctx, user, "second_factor.level_set", { level });
  await putLevel(ctx.db, user.userId, level, audit, new Date(ctx.now()));
  afterChange(ctx, audit);
}
