export { type AuditChain, auditNote, type AuditNote, auditOrigin, registryChain } from "./note.ts";
export { recordAudit, sealAudit, sealLeftovers } from "./seal.ts";
export { auditInsert } from "./store.ts";
