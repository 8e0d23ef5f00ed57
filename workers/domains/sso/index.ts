export { type Directory, directoryNote, openDirectory } from "./directory.ts";
export { ssoEntry, type SsoProvider, ssoProviderOf } from "./provider.ts";
export { type FoundSso, hasDirectory } from "./store.ts";
