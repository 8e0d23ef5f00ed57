CREATE TABLE `directory_group_members` (
	`team_id` text NOT NULL,
	`person_id` text NOT NULL,
	PRIMARY KEY(`team_id`, `person_id`),
	FOREIGN KEY (`team_id`) REFERENCES `directory_groups`(`team_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`person_id`) REFERENCES `directory_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `directory_group_members_by_person` ON `directory_group_members` (`person_id`);--> statement-breakpoint
CREATE TABLE `directory_groups` (
	`team_id` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`display_name` text NOT NULL,
	`external_id` text,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `directory_groups_by_namespace` ON `directory_groups` (`namespace_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `directory_groups_by_external_id` ON `directory_groups` (`namespace_id`,`external_id`);--> statement-breakpoint
CREATE TABLE `directory_users` (
	`id` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`user_name` text NOT NULL,
	`name_key` text NOT NULL,
	`external_id` text,
	`display_name` text,
	`given_name` text,
	`family_name` text,
	`email` text,
	`active` integer NOT NULL,
	`provisioned` integer NOT NULL,
	`user_id` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `directory_users_by_user` ON `directory_users` (`user_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `directory_users_by_name` ON `directory_users` (`namespace_id`,`name_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `directory_users_by_external_id` ON `directory_users` (`namespace_id`,`external_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `directory_users_by_account` ON `directory_users` (`namespace_id`,`user_id`);--> statement-breakpoint
CREATE TABLE `scim_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`hash` text NOT NULL,
	`name` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`created_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `scim_tokens_hash_unique` ON `scim_tokens` (`hash`);--> statement-breakpoint
CREATE INDEX `scim_tokens_by_namespace` ON `scim_tokens` (`namespace_id`);--> statement-breakpoint
CREATE TABLE `sso_providers` (
	`namespace_id` text PRIMARY KEY NOT NULL,
	`issuer` text NOT NULL,
	`client_id` text NOT NULL,
	`secret` text,
	`domains` text,
	`role` text NOT NULL,
	`match` text NOT NULL,
	`updated_by` text NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`updated_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
