import { namespacePath, parseHandle, parseNamespacePath } from "./sdk.ts";

/** The namespace of an organisation by its handle, or as `orgs/<handle>`. */
export const orgPath = (text: string) =>
  text.includes("/") ? parseNamespacePath(text).namespace : namespacePath("orgs", parseHandle(text));

/** The handle of an organisation, also when it was written as `orgs/<handle>`. */
export const orgHandle = (text: string) => parseNamespacePath(orgPath(text)).handle;
