export { questionOf } from "./question.ts";
export { artifactIdOf, readRepository, type RepositoryView, requireRepository, viewRepository } from "./store.ts";
