/** All D1 tables: what drizzle-kit reads to generate `migrations/`. */
export * from "./domains/accounts/tables.ts";
export * from "./domains/analytics/tables.ts";
export * from "./domains/artifacts/tables.ts";
export * from "./domains/audit/tables.ts";
export * from "./domains/auth/tables.ts";
export * from "./domains/backup/tables.ts";
export * from "./domains/blobs/tables.ts";
export * from "./domains/invitations/tables.ts";
export * from "./domains/device-login/tables.ts";
export * from "./domains/mail/tables.ts";
export * from "./domains/namespaces/tables.ts";
export * from "./domains/org-policies/tables.ts";
export * from "./domains/retention/tables.ts";
export * from "./domains/second-factor/tables.ts";
export * from "./domains/sign-in/tables.ts";
export * from "./domains/teams/tables.ts";
export * from "./domains/trusted-publishing/tables.ts";
