export { beginSignIn, type SignInBeginning } from "./begin-sign-in.ts";
export { type ComingBack, finishProviderSignIn, type ProviderSignIn } from "./finish-provider-sign-in.ts";
export { type OwnIdentity, ownIdentities, unlinkOwnIdentity } from "./link-identity.ts";
export { makeAccount, type Newcomer, newcomer } from "./make-account.ts";
export { pruneSignIns } from "./prune-sign-ins.ts";
