import { join } from "node:path";
import { expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { repositoryRoot } from "./wrangler.ts";

/** The parts of wrangler's configuration that are looked at here; wrangler's own type of it is `any`. */
interface Configuration {
  readonly vars: Record<string, unknown>;
  readonly d1_databases: readonly { readonly binding: string }[];
  readonly r2_buckets: readonly { readonly binding: string }[];
  readonly durable_objects: { readonly bindings: readonly { readonly name: string }[] };
  readonly queues: {
    readonly producers: readonly { readonly binding: string; readonly queue: string }[];
    readonly consumers: readonly Readonly<Record<string, unknown>>[];
  };
}

const read = (env?: string): Configuration =>
  unstable_readConfig({ config: join(repositoryRoot, "wrangler.toml"), ...(env === undefined ? {} : { env }) });

/** Names of everything that the worker finds in its environment. */
const names = (config: Configuration) => [
  ...Object.keys(config.vars),
  ...[...config.d1_databases, ...config.r2_buckets, ...config.queues.producers].map(({ binding }) => binding),
  ...config.durable_objects.bindings.map(({ name }) => name),
];

it.each(["dev", "staging", "production"])("%s has every binding that the local worker has", (env) => {
  expect(names(read(env))).toEqual(expect.arrayContaining(names(read())));
});

it.each([undefined, "dev", "staging", "production"])(
  "%s consumes the queue it sends to, and keeps dead letters",
  (env) => {
    const { producers, consumers } = read(env).queues;
    const suffix = env === undefined ? "" : `-${env}`;
    expect(producers.map(({ queue }) => queue)).toEqual([`gati-downloads${suffix}`]);
    // Three retries: what `queues/index.ts` takes for the last try.
    expect(consumers).toMatchObject([
      { queue: `gati-downloads${suffix}`, max_retries: 3, dead_letter_queue: `gati-downloads-dead${suffix}` },
    ]);
  },
);
