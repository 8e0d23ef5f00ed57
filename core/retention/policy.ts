import { z } from "zod";

const units = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const durationPattern = /^(\d{1,5})([hdw])$/;

/** Milliseconds of `36h`, `30d` or `8w`. */
export function durationMs(text: string): number {
  const [, count = "0", unit = "h"] = durationPattern.exec(text) ?? [];
  return Number(count) * units[unit as keyof typeof units];
}

const duration = z
  .string()
  .regex(durationPattern, "is not a time such as 36h, 30d or 8w")
  .meta({ description: "`36h`, `30d`, `8w`" });

const ruleSchema = z
  .strictObject({
    tags: z
      .array(z.string().min(1).max(128))
      .min(1)
      .max(50)
      .meta({ description: "Patterns of tags: `*` stands for any characters, `?` for one" }),
    versions: z.boolean().default(false).meta({
      description: "The rule is about versions too; a version that goes is unpublished, its number stays taken",
    }),
    keepLast: z.int().min(0).max(100_000).optional().meta({ description: "Keep so many that were pushed last" }),
    pushedWithin: duration.optional(),
    pulledWithin: duration.optional(),
  })
  .refine((rule) => rule.keepLast !== undefined || rule.pushedWithin !== undefined || rule.pulledWithin !== undefined, {
    message: "says nothing about what to keep: give keepLast, pushedWithin or pulledWithin",
  });

/** Characters of all patterns together: every tag is compared with every pattern, and patterns are written by users. */
const maxPatterns = 1000;

export const retentionPolicySchema = z.strictObject({
  rules: z
    .array(ruleSchema)
    .max(50)
    .refine((rules) => rules.flatMap(({ tags }) => tags).join("").length <= maxPatterns, {
      message: `has more than ${maxPatterns} characters of patterns: use fewer or shorter ones`,
    }),
  untagged: z
    .strictObject({ unusedFor: duration })
    .optional()
    .meta({ description: "Remove manifests without a tag that were neither pushed nor pulled for so long" }),
});

/** What of a namespace or artifact may go. */
export type RetentionPolicy = z.infer<typeof retentionPolicySchema>;
export type RetentionRule = z.infer<typeof ruleSchema>;
