export { type DeliveryContext, deliverMails, pruneMails } from "./deliver-mails.ts";
export { type Letter, letterInsert } from "./store.ts";
