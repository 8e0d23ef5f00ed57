import type { Context as HonoContext } from "hono";
import type { Context } from "../context.ts";
import type { Directory } from "../domains/sso/index.ts";
import type { Env } from "../env.ts";
import type { Taken } from "../limits/index.ts";
import type { Logger } from "./log.ts";

/** What every surface finds in Hono's context. */
export interface SurfaceEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    log: Logger;
    /** Named durations of this request in milliseconds, shown in Server-Timing. */
    timings: Map<string, number>;
    /** How the caller stands under the limit that this request was counted by. */
    limited: Taken;
    /** Set by `withActor`. */
    ctx: Context;
    /** Whose directory asks. Set by `withDirectory`. */
    directory: Directory;
    /** Fields of a form of the pages. Set by `ownForm`. */
    form: URLSearchParams;
    /** The mark of the browser that asks for a page; undefined when it has none yet. */
    browser: string | undefined;
  };
}

export type SurfaceContext = HonoContext<SurfaceEnv>;
