/** What tests inside workerd find in `env` (`import { env } from "cloudflare:workers"`). */
declare namespace Cloudflare {
  /** Lets tests call the worker itself (`import { exports } from "cloudflare:workers"`). */
  interface GlobalProps {
    mainModule: typeof import("../index.ts");
  }
  interface Env extends RegistryEnv {
    /** Migrations of the database DB, read by vitest.config.ts. */
    readonly TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
    /** A disk service like the one-machine server's, in a temporary folder. */
    readonly TEST_DISK: Fetcher;
    /** A bucket behind the local runtime's S3 API, which checks signatures. */
    readonly TEST_S3: import("../storage/s3/settings.ts").S3Settings;
  }
}

type RegistryEnv = import("../env.ts").Env;
