import { count } from "./meter.ts";

/** Which class Cloudflare bills an operation as; those that are not here are free. */
const classes: Readonly<Record<string, "classA" | "classB">> = {
  put: "classA",
  list: "classA",
  createMultipartUpload: "classA",
  uploadPart: "classA",
  complete: "classA",
  get: "classB",
  head: "classB",
};

function metered<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const kind = classes[String(name)];
        if (kind) count(kind);
        const result: unknown = Reflect.apply(member, object, args);
        if (name === "resumeMultipartUpload") return metered(result as object);
        return name === "createMultipartUpload" ? (result as Promise<object>).then(metered) : result;
      };
    },
  });
}

/** A bucket that counts what is asked of it, and of the multipart uploads that it opens. */
export const meteredBucket = (bucket: R2Bucket): R2Bucket => metered(bucket);
