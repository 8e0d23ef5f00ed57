CREATE TABLE `artifacts` (
	`id` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`name` text NOT NULL,
	`repository` text NOT NULL,
	`type` text NOT NULL,
	`visibility` text NOT NULL,
	`description` text,
	`latest_version` text,
	`version_count` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `artifacts_repository_unique` ON `artifacts` (`repository`);--> statement-breakpoint
CREATE INDEX `artifacts_by_update` ON `artifacts` (`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `artifacts_by_namespace` ON `artifacts` (`namespace_id`);--> statement-breakpoint
CREATE TABLE `manifest_references` (
	`artifact_id` text NOT NULL,
	`manifest_digest` text NOT NULL,
	`digest` text NOT NULL,
	PRIMARY KEY(`artifact_id`, `manifest_digest`, `digest`)
);
--> statement-breakpoint
CREATE INDEX `manifest_references_by_digest` ON `manifest_references` (`artifact_id`,`digest`);--> statement-breakpoint
CREATE TABLE `manifests` (
	`artifact_id` text NOT NULL,
	`digest` text NOT NULL,
	`media_type` text NOT NULL,
	`artifact_type` text,
	`size` integer NOT NULL,
	`subject` text,
	`annotations` text,
	`object_key` text NOT NULL,
	`body` blob,
	`pushed_at` integer NOT NULL,
	PRIMARY KEY(`artifact_id`, `digest`),
	FOREIGN KEY (`artifact_id`) REFERENCES `artifacts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `manifests_by_subject` ON `manifests` (`artifact_id`,`subject`,`digest`);--> statement-breakpoint
CREATE TABLE `projections` (
	`namespace_id` text PRIMARY KEY NOT NULL,
	`applied_seq` integer NOT NULL,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `tags` (
	`artifact_id` text NOT NULL,
	`tag` text NOT NULL,
	`digest` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`artifact_id`, `tag`),
	FOREIGN KEY (`artifact_id`) REFERENCES `artifacts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `tags_by_digest` ON `tags` (`artifact_id`,`digest`);--> statement-breakpoint
CREATE TABLE `versions` (
	`artifact_id` text NOT NULL,
	`version` text NOT NULL,
	`digest` text NOT NULL,
	`state` text NOT NULL,
	`deprecation` text,
	`size` integer NOT NULL,
	`manifest` text NOT NULL,
	`published_at` integer NOT NULL,
	`published_by` text NOT NULL,
	PRIMARY KEY(`artifact_id`, `version`),
	FOREIGN KEY (`artifact_id`) REFERENCES `artifacts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `versions_by_digest` ON `versions` (`artifact_id`,`digest`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash_unique` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`handle` text NOT NULL,
	`email` text,
	`password_hash` text NOT NULL,
	`operator` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_handle_unique` ON `users` (`handle`);--> statement-breakpoint
CREATE TABLE `blob_links` (
	`repository` text NOT NULL,
	`digest` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`repository`, `digest`),
	FOREIGN KEY (`digest`) REFERENCES `blobs`(`digest`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `blob_links_by_digest` ON `blob_links` (`digest`);--> statement-breakpoint
CREATE TABLE `blobs` (
	`digest` text PRIMARY KEY NOT NULL,
	`size` integer NOT NULL,
	`segments` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `members` (
	`namespace_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`added_at` integer NOT NULL,
	PRIMARY KEY(`namespace_id`, `user_id`),
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `members_by_user` ON `members` (`user_id`);--> statement-breakpoint
CREATE TABLE `namespaces` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`handle` text NOT NULL,
	`visibility` text DEFAULT 'public' NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `namespaces_handle_unique` ON `namespaces` (`handle`);