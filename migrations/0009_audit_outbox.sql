CREATE TABLE `audit_outbox` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chain` text NOT NULL,
	`record` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_outbox_by_chain` ON `audit_outbox` (`chain`,`number`);