import { runInDurableObject } from "cloudflare:test";
import type { Env } from "../../env.ts";
import type { NamespaceGraph } from "../../objects/namespace-graph/index.ts";
import type { FaultPlan } from "./fault-plan.ts";

type Method = (...parameters: unknown[]) => unknown;

/** The object with some methods replaced; the others run on the object itself, as bindings demand. */
function overlay<T extends object>(target: T, replaced: Record<string, Method>): T {
  return new Proxy(target, {
    get(_, key) {
      if (typeof key === "string" && Object.hasOwn(replaced, key)) return replaced[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value as Method).bind(target) : value;
    },
  });
}

/** Replaces methods by ones that may fail as the plan says. */
function failing<T extends object>(target: T, plan: FaultPlan, label: string, names: readonly (keyof T & string)[]): T {
  const replaced = names.map((name): [string, Method] => [
    name,
    (...parameters) =>
      plan.call(`${label} ${name}`, async () => (target[name] as Method).apply(target, parameters) as Promise<unknown>),
  ]);
  return overlay(target, Object.fromEntries(replaced));
}

function failingDatabase(database: D1Database, plan: FaultPlan): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const calls = failing(statement, plan, "D1", ["all", "run", "raw", "first"]);
    const wrapped = overlay(calls, { bind: (...values) => wrap(statement.bind(...values)) });
    originals.set(wrapped, statement);
    return wrapped;
  };
  return overlay(database, {
    prepare: (sql) => wrap(database.prepare(sql as string)),
    batch: (statements) => {
      const plain = (statements as D1PreparedStatement[]).map((one) => originals.get(one) ?? one);
      return plan.call("D1 batch", () => database.batch(plain));
    },
  });
}

function failingBucket(bucket: R2Bucket, plan: FaultPlan): R2Bucket {
  const multipart = (upload: R2MultipartUpload) => failing(upload, plan, "R2", ["uploadPart", "complete", "abort"]);
  const calls = failing(bucket, plan, "R2", ["put", "get", "head", "delete", "list", "createMultipartUpload"]);
  return overlay(calls, {
    createMultipartUpload: async (...parameters) =>
      multipart(await calls.createMultipartUpload(...(parameters as [string]))),
  });
}

/** Stubs of objects whose stores fail too: an object has bindings of its own, which are exchanged before every call. */
function failingObjects<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  plan: FaultPlan,
  label: string,
  env: () => Env,
): DurableObjectNamespace<T> {
  const reach = (stub: DurableObjectStub<T>) =>
    new Proxy(stub, {
      get:
        (_, name: string) =>
        async (...parameters: unknown[]) => {
          await exchangeBindings(stub as unknown as DurableObjectStub<NamespaceGraph>, env());
          return plan.call(`${label} ${name}`, async () => {
            const method = (stub as unknown as Record<string, Method>)[name] as Method;
            return Reflect.apply(method, stub, parameters) as Promise<unknown>;
          });
        },
    });
  return overlay(namespace, { get: (id) => reach(namespace.get(id as DurableObjectId)) });
}

/** Gives a running object, of whichever class, the bindings of `env`. */
async function exchangeBindings(stub: DurableObjectStub<NamespaceGraph>, env: Env): Promise<void> {
  await runInDurableObject(stub, (instance) => {
    Object.defineProperty(instance, "env", { value: env, configurable: true });
  });
}

/** The bindings of `env`, whose calls fail as the plan says, also inside Durable Objects. */
export function failingEnv(env: Env, plan: FaultPlan): Env {
  const faulty: Env = {
    ...env,
    DB: failingDatabase(env.DB, plan),
    BLOBS: failingBucket(env.BLOBS, plan),
    ...(env.DISK ? { DISK: failing(env.DISK, plan, "disk", ["fetch"]) } : {}),
    UPLOADS: failingObjects(env.UPLOADS, plan, "upload session", () => faulty),
    GRAPHS: failingObjects(env.GRAPHS, plan, "namespace graph", () => faulty),
  };
  return faulty;
}
