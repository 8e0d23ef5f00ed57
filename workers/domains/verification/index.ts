export { checkDueVerifications } from "./check-due.ts";
export { publisherSchema } from "./schemas.ts";
export { type Publisher, publisherOf, readPublisher } from "./store.ts";
