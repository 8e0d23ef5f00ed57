import { createRoute, z } from "@hono/zod-openapi";
import { json, problemResponse, restRouter, signedIn } from "../../http/rest.ts";
import { readOutbox } from "./read-outbox.ts";

const mail = z
  .object({
    id: z.string(),
    handle: z.string().openapi({ description: "Account that it is about" }),
    to: z.string(),
    subject: z.string(),
    text: z.string().openapi({ description: "Only of mails that are kept here because nothing sends them" }),
    state: z.enum(["waiting", "sent", "kept", "failed"]),
    attempts: z.int(),
    createdAt: z.string(),
  })
  .openapi("OutboxMail");

const outbox = createRoute({
  method: "get",
  path: "/admin/outbox",
  tags: ["administration"],
  summary: "Mails of the registry, newest first; with their text where nothing sends mail (operators)",
  security: signedIn,
  request: { query: z.object({ cursor: z.string().max(100).optional() }) },
  responses: {
    200: json(
      z.object({
        mails: z.array(mail),
        next: z.string().nullable().openapi({ description: "Cursor of the next page, null at the end" }),
      }),
      "A page of mails",
    ),
    ...problemResponse,
  },
});

/** What the registry writes to people. */
export const mailRoutes = restRouter().openapi(outbox, async (c) => {
  const { mails, next } = await readOutbox(c.get("ctx"), c.req.valid("query").cursor);
  const view = mails.map(({ id, handle, recipient, subject, text, state, attempts, createdAt }) => ({
    id,
    handle,
    to: recipient,
    subject,
    // A mail on its way is its recipient's alone.
    text: state === "kept" ? text : "",
    state,
    attempts,
    createdAt: createdAt.toISOString(),
  }));
  return c.json({ mails: view, next }, 200, { "Cache-Control": "no-store" });
});
