ALTER TABLE `projections` ADD `rebuild_to` integer;--> statement-breakpoint
CREATE INDEX `projections_in_rebuild` ON `projections` (`rebuild_to`) WHERE rebuild_to IS NOT NULL;--> statement-breakpoint
CREATE INDEX `manifests_by_object` ON `manifests` (`object_key`);--> statement-breakpoint
CREATE INDEX `blobs_by_object` ON `blobs` ((segments ->> '$[0].key'));