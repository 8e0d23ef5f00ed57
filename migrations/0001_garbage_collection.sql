CREATE TABLE `gc_candidates` (
	`repository` text NOT NULL,
	`digest` text NOT NULL,
	`due_at` integer NOT NULL,
	PRIMARY KEY(`repository`, `digest`)
);
--> statement-breakpoint
CREATE INDEX `gc_candidates_by_due` ON `gc_candidates` (`due_at`);--> statement-breakpoint
CREATE TABLE `gc_objects` (
	`key` text PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `gc_objects_by_due` ON `gc_objects` (`due_at`);