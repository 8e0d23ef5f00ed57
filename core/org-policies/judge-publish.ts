import { satisfiesOneOf } from "./licences.ts";
import type { OrgPolicy, PolicyReason } from "./policy.ts";

/** What is about to be published under a name. */
export interface PublishFacts {
  /** As the Gati manifest states it; null when it states none. */
  readonly licence: string | null;
}

export interface PublishVerdict {
  /** Not taken at all for these reasons. */
  readonly refused: readonly PolicyReason[];
  /** Taken, but kept from outsiders until it is released. */
  readonly held: readonly PolicyReason[];
}

/** What an organisation's policy says about content that gets a name. Who publishes does not matter. */
export function judgePublish(policy: OrgPolicy, { licence }: PublishFacts): PublishVerdict {
  const refused: PolicyReason[] = [];
  if (policy.licences && !(licence !== null && satisfiesOneOf(licence, policy.licences))) {
    refused.push({
      code: "licence",
      message:
        licence === null
          ? "The version states no licence, and the organisation takes only some."
          : `The organisation does not take the licence "${licence.slice(0, 100)}".`,
      suggestion: `State one of these as an SPDX expression: ${policy.licences.join(", ")}.`,
    });
  }
  return { refused, held: heldBy(policy) };
}

/** Why new content has to wait, whatever it is. */
export function heldBy(policy: OrgPolicy): PolicyReason[] {
  if (!policy.approval) return [];
  return [
    {
      code: "approval",
      message: "A second person has to release what is published here.",
      suggestion: "Ask an admin: gati approvals list.",
    },
  ];
}
