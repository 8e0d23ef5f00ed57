import { type Client, Unexpected } from "./client.ts";

/** An operator who collects garbage again and again, and after a crash leaves it to the next time. */
export async function collect(client: Client): Promise<void> {
  try {
    const answer = await client.attempt("collect garbage", "POST", "/api/v1/admin/gc", () => ({ json: {} }));
    if (answer) client.expect("collecting garbage", answer, [200]);
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
  }
}
