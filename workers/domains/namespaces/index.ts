export { allowedActions, assertMay, isPublic, readsAsMember, type RepositoryAccess, unknownName } from "./access.ts";
export { memberOf } from "./members.ts";
export { requireRole, visibleNamespace } from "./require-role.ts";
export { includesRole, type Role, roleOfRank, roles } from "./roles.ts";
export { type Held, type Standing, standingOf, unmetDemands } from "./standing.ts";
export {
  addMember,
  confirmedFactor,
  factorWhereAsked,
  findNamespace,
  type FoundNamespace,
  heldRank,
  kindOfHandle,
  type NamespaceRecord,
  type Visibility,
} from "./store.ts";
