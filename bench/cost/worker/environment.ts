import type { Env } from "../../../workers/env.ts";
import { meteredBucket } from "./bucket.ts";
import { meteredDatabase } from "./database.ts";
import { meteredNamespace } from "./objects.ts";

const known = new WeakMap<Env, Env>();

/** Bindings are told apart by what they can do, so that one that is added later is counted without being named here. */
function metered(binding: unknown): unknown {
  if (typeof binding !== "object" || binding === null) return binding;
  if ("prepare" in binding) return meteredDatabase(binding as D1Database);
  if ("createMultipartUpload" in binding) return meteredBucket(binding as R2Bucket);
  if ("idFromName" in binding) return meteredNamespace(binding as DurableObjectNamespace<never>);
  return binding;
}

/** The bindings, counting; the same ones for every request, as an isolate's are. */
export function meteredEnv(env: Env): Env {
  let counting = known.get(env);
  if (!counting) {
    counting = Object.fromEntries(
      Object.entries(env).map(([name, binding]) => [name, metered(binding)]),
    ) as never as Env;
    known.set(env, counting);
  }
  return counting;
}
