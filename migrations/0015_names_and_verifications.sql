CREATE TABLE `former_names` (
	`repository` text PRIMARY KEY NOT NULL,
	`artifact_id` text NOT NULL,
	`name` text NOT NULL,
	FOREIGN KEY (`artifact_id`) REFERENCES `artifacts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `former_names_by_artifact` ON `former_names` (`artifact_id`);--> statement-breakpoint
CREATE TABLE `allowed_names` (
	`name` text PRIMARY KEY NOT NULL,
	`allowed_by` text NOT NULL,
	`allowed_at` integer NOT NULL,
	FOREIGN KEY (`allowed_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `handle_skeletons` (
	`handle` text PRIMARY KEY NOT NULL,
	`skeleton` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `handle_skeletons_by_skeleton` ON `handle_skeletons` (`skeleton`);--> statement-breakpoint
CREATE TABLE `popular_names` (
	`artifact_id` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`name` text NOT NULL,
	`skeleton` text NOT NULL,
	`length` integer NOT NULL,
	`downloads` integer NOT NULL,
	`computed_at` integer NOT NULL,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `popular_names_by_skeleton` ON `popular_names` (`skeleton`);--> statement-breakpoint
CREATE INDEX `popular_names_by_length` ON `popular_names` (`length`);--> statement-breakpoint
CREATE INDEX `popular_names_by_namespace` ON `popular_names` (`namespace_id`);--> statement-breakpoint
CREATE TABLE `verifications` (
	`id` text PRIMARY KEY NOT NULL,
	`namespace_id` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`token` text NOT NULL,
	`state` text NOT NULL,
	`method` text,
	`started_by` text NOT NULL,
	`started_at` integer NOT NULL,
	`verified_at` integer,
	`checked_at` integer,
	`due_at` integer,
	`failing_since` integer,
	`failures` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`namespace_id`) REFERENCES `namespaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`started_by`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `verified_by_due` ON `verifications` (`due_at`) WHERE state = 'verified';--> statement-breakpoint
CREATE UNIQUE INDEX `verifications_by_subject` ON `verifications` (`namespace_id`,`kind`,`subject`);