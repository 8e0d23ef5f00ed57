import { count, watchCursor } from "./meter.ts";

/** A namespace of Durable Objects whose stubs count their calls. */
export function meteredNamespace<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
): DurableObjectNamespace<T> {
  return new Proxy(namespace, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        return name === "get" || name === "getByName" ? meteredStub(result as object) : result;
      };
    },
  });
}

function meteredStub(stub: object): object {
  return new Proxy(stub, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        count("objectRequests");
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}

type Method = (...args: never[]) => unknown;

function wrap(prototype: object, name: string, after: (result: unknown) => void): void {
  const original = Reflect.get(prototype, name) as Method;
  Reflect.set(prototype, name, function (this: unknown, ...args: never[]) {
    const result = Reflect.apply(original, this, args);
    after(result);
    return result;
  });
}

let watching = false;

/**
 * Counts the rows that Durable Objects touch. The classes of their storage are patched once, because an object has to be
 * built with the very state that the runtime made for it.
 */
export function watchStorage(storage: DurableObjectStorage): void {
  if (watching) return;
  watching = true;
  wrap(Object.getPrototypeOf(storage.sql) as object, "exec", (cursor) =>
    watchCursor(cursor as SqlStorageCursor<never>),
  );
  const kv = Object.getPrototypeOf(storage.kv) as object;
  wrap(kv, "get", () => count("objectRowsRead"));
  wrap(kv, "put", () => count("objectRowsWritten"));
  wrap(Object.getPrototypeOf(storage) as object, "setAlarm", () => count("objectRowsWritten"));
}
