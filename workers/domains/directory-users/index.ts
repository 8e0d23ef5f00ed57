export { admit, judgeEntry } from "./admit.ts";
export { changePerson, createPerson, deletePerson, findPeople, readPerson } from "./manage-people.ts";
export type { Person, PersonAttributes, PersonFilter, ProvidedPerson } from "./person.ts";
