import type { RegistryError } from "../../core/errors.ts";
import { Layout, type Visitor } from "./layout.tsx";

/** What a person sees when something went wrong, with what to do next. */
export function ErrorPage({
  error,
  requestId,
  visitor,
}: {
  error: RegistryError;
  requestId: string;
  visitor: Visitor | undefined;
}) {
  return (
    <Layout title="Gati Registry" description={error.message} visitor={visitor}>
      <h1>{error.code === "name_unknown" ? "Nothing here" : "That did not work"}</h1>
      <p class="lead">{error.message}</p>
      <ul>
        {error.suggestions.map((suggestion) => (
          <li>{suggestion}</li>
        ))}
        <li>
          <a href="/">Go to the first page.</a>
        </li>
      </ul>
      <p class="meta">
        Request <code>{requestId}</code>
      </p>
    </Layout>
  );
}
