CREATE TABLE `download_batches` (
	`id` text PRIMARY KEY NOT NULL,
	`added_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `download_batches_by_time` ON `download_batches` (`added_at`);--> statement-breakpoint
CREATE TABLE `download_days` (
	`artifact_id` text NOT NULL,
	`day` text NOT NULL,
	`digest` text NOT NULL,
	`total` integer NOT NULL,
	PRIMARY KEY(`artifact_id`, `day`, `digest`)
);
--> statement-breakpoint
CREATE INDEX `download_days_by_day` ON `download_days` (`day`);--> statement-breakpoint
CREATE TABLE `download_totals` (
	`artifact_id` text NOT NULL,
	`digest` text NOT NULL,
	`total` integer NOT NULL,
	`last_pulled_at` integer NOT NULL,
	PRIMARY KEY(`artifact_id`, `digest`)
);
