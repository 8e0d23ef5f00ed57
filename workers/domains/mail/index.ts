export { type DeliveryContext, deliverMails, pruneMails } from "./deliver-mails.ts";
export { type Letter, letterInsert } from "./store.ts";
export { type NewMail, outboxRow } from "./outbox-row.ts";
