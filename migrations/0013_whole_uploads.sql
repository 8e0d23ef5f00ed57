CREATE TABLE `whole_uploads` (
	`upload` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`object_key` text,
	`size` integer,
	`digest` text,
	`due_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `whole_uploads_by_due` ON `whole_uploads` (`due_at`);