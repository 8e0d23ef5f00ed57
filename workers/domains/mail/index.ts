export { type DeliveryContext, deliverMails, pruneMails } from "./deliver-mails.ts";
