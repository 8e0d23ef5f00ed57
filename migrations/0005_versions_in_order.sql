ALTER TABLE `tags` ADD `label` integer DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX `labels_by_artifact` ON `tags` (`artifact_id`,`tag`) WHERE label = 1;--> statement-breakpoint
ALTER TABLE `versions` ADD `precedence` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `versions_by_precedence` ON `versions` (`artifact_id`,`state`,`precedence`);--> statement-breakpoint
-- What is here already gets what the projection gives to new rows.
UPDATE `tags` SET `label` = 0 WHERE EXISTS (
	SELECT 1 FROM `versions` v WHERE v.`artifact_id` = `tags`.`artifact_id` AND v.`version` = `tags`.`tag`
);
--> statement-breakpoint
-- As `precedenceOf` in core/version-order.ts writes it: kind, three numbers of 16 digits, then ~ or the prerelease's
-- identifiers, numbers as 0, length, digits and text as 1, text, each closed by !.
UPDATE `versions` SET `precedence` = (
	WITH RECURSIVE
	halves(core, pre) AS (
		SELECT substr(`versions`.`version`, 1, instr(`versions`.`version` || '-', '-') - 1),
			substr(`versions`.`version`, instr(`versions`.`version` || '-', '-') + 1)
	),
	numbers(place, number, rest) AS (
		SELECT 0, '', core || '.' FROM halves
		UNION ALL
		SELECT place + 1, substr(rest, 1, instr(rest, '.') - 1), substr(rest, instr(rest, '.') + 1) FROM numbers WHERE rest <> ''
	),
	identifiers(made, rest) AS (
		SELECT '', pre || '.' FROM halves WHERE pre <> ''
		UNION ALL
		SELECT made || CASE WHEN substr(rest, 1, instr(rest, '.') - 1) GLOB '*[^0-9]*'
				THEN '1' ELSE printf('0%03d', instr(rest, '.') - 1) END || substr(rest, 1, instr(rest, '.') - 1) || '!',
			substr(rest, instr(rest, '.') + 1)
		FROM identifiers WHERE rest <> ''
	)
	SELECT CASE pre WHEN '' THEN '1' ELSE '0' END
		|| (SELECT printf('%016d', number) FROM numbers WHERE place = 1) || '.'
		|| (SELECT printf('%016d', number) FROM numbers WHERE place = 2) || '.'
		|| (SELECT printf('%016d', number) FROM numbers WHERE place = 3)
		|| CASE pre WHEN '' THEN '~' ELSE '-' || (SELECT made FROM identifiers WHERE rest = '') END
	FROM halves
);
