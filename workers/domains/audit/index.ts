export { type AuditChain, auditNote, type AuditNote, auditOrigin, registryChain } from "./note.ts";
export { sealAudit, sealLeftovers } from "./seal.ts";
export { auditInsert } from "./store.ts";
