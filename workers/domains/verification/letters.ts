import type { Letter } from "../mail/index.ts";
import type { VerificationRecord } from "./store.ts";

const lifetime = 14 * 24 * 60 * 60 * 1000;

/** Tells owners that the proof went away and the badge with it. */
export function endedLetter(
  service: string,
  namespace: string,
  { kind, subject }: Pick<VerificationRecord, "kind" | "subject">,
): Letter {
  const what = kind === "domain" ? `the domain ${subject}` : `the GitHub account ${subject}`;
  return {
    subject: `${namespace} is no longer verified as ${subject}`,
    text: [
      `The proof that ${namespace} on ${service} belongs to ${what} has not been found for days, so the`,
      "verification has ended and its artifacts do not show it any more.",
      "",
      "To prove it again, begin anew; the old token is not good any more:",
      "",
      `  gati publisher start ${namespace} ${kind} ${subject}`,
    ].join("\n"),
    lifetime,
  };
}
