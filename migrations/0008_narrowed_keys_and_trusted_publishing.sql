CREATE TABLE `exchanged_tokens` (
	`issuer` text NOT NULL,
	`id` text NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`issuer`, `id`)
);
--> statement-breakpoint
CREATE INDEX `exchanged_tokens_by_end` ON `exchanged_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `publisher_rules` (
	`id` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`repository` text NOT NULL,
	`provider` text NOT NULL,
	`issuer` text NOT NULL,
	`source` text NOT NULL,
	`conditions` text NOT NULL,
	`pins` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`created_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `publisher_rules_by_source` ON `publisher_rules` (`issuer`,`source`);--> statement-breakpoint
CREATE INDEX `publisher_rules_by_repository` ON `publisher_rules` (`repository`);--> statement-breakpoint
CREATE TABLE `publishing_policies` (
	`repository` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`updated_by` text NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`updated_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `api_keys` ADD `reach` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `networks` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `generation` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_hash` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_until` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_previous_hash_unique` ON `api_keys` (`previous_hash`);