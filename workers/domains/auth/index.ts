export {
  type Actor,
  anonymous,
  type Basis,
  type Bounds,
  hasScope,
  isScope,
  type Publisher,
  reaches,
  type RepositoryAction,
  type RepositoryGrant,
  type Scope,
  type User,
} from "./actor.ts";
export { authenticate, type PresentedCredential } from "./authenticate.ts";
export { boundsOf } from "./bounds.ts";
export { requireOperator, requireScope, requireUser } from "./require-user.ts";
export { fromPassword } from "./authenticate.ts";
export {
  boughtBy,
  type FactorMethod,
  factorMethodNames,
  factorMethods,
  insertFactorChallenge,
} from "./factor-store.ts";
export { finishSignIn, isProof, type Proof, type SignInProofs } from "./finish-sign-in.ts";
export type { Account, OpenedSession } from "./open-session.ts";
export { algorithm, keyRing } from "./key-ring.ts";
export { isWithin, parseNetwork } from "./networks.ts";
export { assertAcceptablePassword, hashPassword } from "./password.ts";
export { SignInAttempt } from "./sign-in-attempt.ts";
export { pruneSessions } from "./prune-sessions.ts";
export { account, credentials, openedSession } from "./schemas.ts";
export { isSecret, makeSecret, secretHash, type SecretKind } from "./secret-text.ts";
export { listSessions } from "./session-store.ts";
export { assertSessionStands } from "./session-stands.ts";
export {
  findUser,
  findUserById,
  insertUser,
  isUniqueViolation,
  listApiKeys,
  memberships,
  type NewUser,
  operatorExists,
  keyStands,
} from "./store.ts";
export { publishTokenLifetime, registryTokenLifetime, signPublisherToken, signRegistryToken } from "./tokens.ts";
export { ownApiKeys, revokeApiKey } from "./own-keys.ts";
export { endOtherSessions, endSession, ownSessions, signOut } from "./manage-sessions.ts";
export { signIn } from "./sign-in.ts";
