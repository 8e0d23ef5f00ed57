export {
  type Actor,
  anonymous,
  hasScope,
  type RepositoryAction,
  type RepositoryGrant,
  type Scope,
  type User,
} from "./actor.ts";
export { authenticate, type PresentedCredential } from "./authenticate.ts";
export { requireOperator, requireUser } from "./require-user.ts";
export { findUser, isUniqueViolation } from "./store.ts";
export { registryTokenLifetime, signRegistryToken } from "./tokens.ts";
