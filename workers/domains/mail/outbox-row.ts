/** A mail that a change is about to leave in the outbox. */
export interface NewMail {
  /** Whose affair it is: the account that is written to, or on whose behalf somebody without one is. */
  readonly userId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Milliseconds that it stays true: after that it is not sent any more. */
  readonly lifetime: number;
}

/** The outbox row of a mail that is to be sent at once. */
export function outboxRow({ userId, to, subject, text, lifetime }: NewMail, now: Date) {
  return {
    id: crypto.randomUUID(),
    userId,
    recipient: to,
    subject,
    text,
    state: "waiting" as const,
    attempts: 0,
    createdAt: now,
    dueAt: now,
    expiresAt: new Date(now.getTime() + lifetime),
  };
}
