export { allowedActions, assertMay, isPublic, type RepositoryAccess, unknownName } from "./access.ts";
export { requireRole, visibleNamespace } from "./require-role.ts";
export { findNamespace, kindOfHandle, type NamespaceRecord, type Role, type Visibility } from "./store.ts";
