export { pruneInvitations } from "./revoke.ts";
