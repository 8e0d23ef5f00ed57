import { mailerOf } from "./adapters/mail/index.ts";
import { memoryOf } from "./context.ts";
import { pruneMailTokens } from "./domains/accounts/index.ts";
import { sealLeftovers } from "./domains/audit/index.ts";
import { pruneDownloads, settleDownloads } from "./domains/analytics/index.ts";
import { pruneSessions } from "./domains/auth/index.ts";
import { collectGarbage } from "./domains/blobs/index.ts";
import { pruneDeviceLogins } from "./domains/device-login/index.ts";
import { pruneInvitations } from "./domains/invitations/index.ts";
import { deliverMails, pruneMails } from "./domains/mail/index.ts";
import { refreshNames } from "./domains/names/index.ts";
import { runRetentionRound } from "./domains/retention/index.ts";
import { pruneSignIns } from "./domains/sign-in/index.ts";
import { pruneProofs } from "./domains/second-factor/index.ts";
import { checkDueVerifications } from "./domains/verification/index.ts";
import { type Env, settingsOf } from "./env.ts";
import { createLogger } from "./http/log.ts";
import { blobStoreOf } from "./storage/index.ts";

/** Not a time: the one-machine server says with it that it is about to stop. Nothing on the network can send it. */
const stopping = "@stop";

/** What runs by the clock: the schedule is in wrangler.toml, and the one-machine server keeps it too. */
export async function scheduled({ cron }: Pick<ScheduledController, "cron">, env: Env): Promise<void> {
  const log = createLogger({ requestId: crypto.randomUUID(), trigger: "schedule" });
  const ctx = { db: env.DB, blobs: blobStoreOf(env), log, now: () => Date.now() };
  if (cron === stopping) return settleDownloads({ ...ctx, downloads: memoryOf(env).downloads });
  const graph = (namespaceId: string) => env.GRAPHS.get(env.GRAPHS.idFromName(namespaceId));
  const tasks = {
    // What requests that ended too early left behind.
    "audit.failed": () => sealLeftovers({ ...ctx, graph }),
    // What could not be sent when it was written.
    "mail.failed": () => deliverMails({ ...ctx, mailer: mailerOf(env) }),
    // First: what goes by a policy is the collector's later.
    "retention.failed": () => runRetentionRound({ ...ctx, graph, reads: memoryOf(env).reads }),
    "gc.failed": () => collectGarbage(ctx, { dryRun: false }).finally(() => memoryOf(env).reads.forget()),
    "names.failed": () => refreshNames({ ...ctx, settings: settingsOf(env) }),
    "verification.failed": () =>
      checkDueVerifications({ ...ctx, graph, settings: settingsOf(env), reads: memoryOf(env).reads }),
    "downloads.prune_failed": () => pruneDownloads(ctx),
    "mail.prune_failed": () => pruneMails(ctx),
    "mail_tokens.prune_failed": () => pruneMailTokens(ctx),
    "invitations.prune_failed": () => pruneInvitations(ctx),
    "sign_ins.prune_failed": () => pruneSignIns(ctx),
    "device_logins.prune_failed": () => pruneDeviceLogins(ctx),
    "sessions.prune_failed": () => pruneSessions(ctx),
    "second_factor.prune_failed": () => pruneProofs(ctx),
  };
  let failure: unknown;
  for (const [event, task] of Object.entries(tasks)) {
    try {
      await task();
    } catch (error) {
      log.error(event, error);
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
}
