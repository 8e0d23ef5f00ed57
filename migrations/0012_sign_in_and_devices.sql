CREATE TABLE `device_requests` (
	`hash` text PRIMARY KEY NOT NULL,
	`user_code` text NOT NULL,
	`client` text NOT NULL,
	`device` text,
	`agent` text,
	`address` text,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`interval` integer NOT NULL,
	`asked_at` integer,
	`state` text NOT NULL,
	`user_id` text,
	`sign_in` text,
	`proved` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_requests_user_code_unique` ON `device_requests` (`user_code`);--> statement-breakpoint
CREATE INDEX `device_requests_by_expiry` ON `device_requests` (`expires_at`);--> statement-breakpoint
CREATE TABLE `identities` (
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text,
	`email` text,
	`linked_at` integer NOT NULL,
	`last_used_at` integer,
	PRIMARY KEY(`issuer`, `subject`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `identities_by_user` ON `identities` (`user_id`);--> statement-breakpoint
CREATE TABLE `proved_identities` (
	`hash` text PRIMARY KEY NOT NULL,
	`provider` text NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`name` text,
	`email` text,
	`return_to` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `proved_identities_by_expiry` ON `proved_identities` (`expires_at`);--> statement-breakpoint
CREATE TABLE `sign_in_attempts` (
	`hash` text PRIMARY KEY NOT NULL,
	`provider` text NOT NULL,
	`browser` text NOT NULL,
	`nonce` text NOT NULL,
	`verifier` text NOT NULL,
	`return_to` text NOT NULL,
	`link_to` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`link_to`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sign_in_attempts_by_expiry` ON `sign_in_attempts` (`expires_at`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `scopes` text DEFAULT '["admin"]' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `proved` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `sign_in` text;--> statement-breakpoint
ALTER TABLE `factor_challenges` ADD `opening` text;