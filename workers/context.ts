import type { DownloadsMessage } from "../queues/messages.ts";
import { type Mailer, mailerOf } from "./adapters/mail/index.ts";
import { type ConfiguredProvider, identityProvidersOf, organisationProvider } from "./adapters/sign-in/index.ts";
import type { SignInProvider } from "../core/sign-in-providers.ts";
import { DownloadTally } from "./cache/download-tally.ts";
import { LiveHashes } from "./cache/live-hashes.ts";
import { PublicReads } from "./cache/public-reads.ts";
import { RevokedSessions } from "./cache/revoked-sessions.ts";
import type { Actor } from "./domains/auth/actor.ts";
import { type Env, type Settings, settingsOf } from "./env.ts";
import type { Logger } from "./http/log.ts";
import { Limiter } from "./limits/index.ts";
import type { NamespaceGraph } from "./objects/namespace-graph/index.ts";
import type { UploadSession } from "./objects/upload-session/index.ts";
import { type BlobReader, type BlobStore, blobStoreOf, type DownloadAddresses, storageOf } from "./storage/index.ts";

/** What a verb may use: who asks, and the parts of the registry. Nothing in it knows about HTTP. */
export interface Context {
  readonly actor: Actor;
  readonly db: D1Database;
  readonly blobs: BlobStore;
  /** Reads the same blobs for downloads, through a cache where there is one. */
  readonly reader: BlobReader;
  /** Where clients may read large blobs by themselves. */
  readonly addresses: DownloadAddresses | undefined;
  /** What strangers may read, kept for two seconds. Every verb that changes something calls `forget`. */
  readonly reads: PublicReads;
  /** Sessions that ended lately: whoever ends one adds it. */
  readonly revoked: RevokedSessions;
  /** Hashes of chunked uploads that this isolate serves. */
  readonly hashes: LiveHashes;
  /** Downloads that this isolate has served and not reported yet. */
  readonly downloads: DownloadTally;
  /** Takes counted downloads to where they are added up. */
  readonly downloadQueue: Queue<DownloadsMessage>;
  /** Takes mails of the outbox to people. */
  readonly mailer: Mailer;
  /** With whom people sign in beside the registry itself, by id. */
  readonly identityProviders: ReadonlyMap<string, ConfiguredProvider>;
  /** Makes one that an organisation configured. */
  providerOf(provider: SignInProvider): ConfiguredProvider;
  readonly settings: Settings;
  /** Counts what callers do, and says when it is too much. */
  readonly limiter: Limiter;
  /** The client's address, or the network of it, where something trustworthy tells. */
  readonly address: string | undefined;
  /** The client's whole address, where `address` may be a network: for the audit log and for rules about networks. */
  readonly source: string | undefined;
  /** Id of the request that is answered; undefined for what runs by the clock. */
  readonly requestId: string | undefined;
  /** A code of a second factor that came with the request, unproved: `requireRecentFactor` judges it. */
  readonly otp: string | undefined;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  upload(id: string): DurableObjectStub<UploadSession>;
  graph(namespaceId: string): DurableObjectStub<NamespaceGraph>;
  /** Lets work go on after the answer is sent. */
  afterwards(work: Promise<unknown>): void;
}

export interface ContextInput {
  readonly env: Env;
  readonly actor: Actor;
  readonly address?: string | undefined;
  readonly source?: string | undefined;
  readonly requestId?: string | undefined;
  readonly otp?: string | undefined;
  readonly log: Logger;
  readonly afterwards: (work: Promise<unknown>) => void;
}

interface Memory {
  readonly reads: PublicReads;
  readonly revoked: RevokedSessions;
  readonly hashes: LiveHashes;
  readonly downloads: DownloadTally;
  readonly limiter: Limiter;
}

/**
 * What an isolate remembers between requests. Losing it costs time, and the downloads of a few seconds are not counted;
 * it never costs correctness.
 */
const memories = new WeakMap<Env, Memory>();

export function memoryOf(env: Env): Memory {
  let known = memories.get(env);
  if (!known) {
    known = {
      reads: new PublicReads(),
      revoked: new RevokedSessions(),
      hashes: new LiveHashes(),
      limiter: new Limiter(settingsOf(env).limits, env.COUNTERS),
      downloads: new DownloadTally({ remembersSent: blobStoreOf(env).local }),
    };
    memories.set(env, known);
  }
  return known;
}

/** The composition root: builds what the verbs of one request use. */
export function createContext({ env, actor, address, source, requestId, otp, log, afterwards }: ContextInput): Context {
  return {
    actor,
    address,
    source,
    requestId,
    otp,
    db: env.DB,
    ...storageOf(env),
    ...memoryOf(env),
    downloadQueue: env.DOWNLOADS,
    mailer: mailerOf(env),
    identityProviders: identityProvidersOf(env),
    providerOf: (provider) => organisationProvider(env, provider),
    settings: settingsOf(env),
    log,
    now: () => Date.now(),
    upload: (id) => env.UPLOADS.get(env.UPLOADS.idFromName(id)),
    graph: (namespaceId) => env.GRAPHS.get(env.GRAPHS.idFromName(namespaceId)),
    afterwards,
  };
}
