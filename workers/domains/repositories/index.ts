export { renamedTo } from "./renamed-to.ts";
export { mayBeRecent, questionOf } from "./question.ts";
export {
  artifactIdOf,
  readRepository,
  type RepositoryView,
  requireRepository,
  seenAsMember,
  viewRepository,
} from "./store.ts";
