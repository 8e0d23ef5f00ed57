import { createHash } from "node:crypto";
import type { Api, Credential } from "../../harness/api.ts";

/** Headers that say something about what is answered. */
const compared = [
  "content-type",
  "content-length",
  "docker-content-digest",
  "etag",
  "link",
  "oci-filters-applied",
  "allow",
];

/** What a caller is told at an address, without what belongs to the one server or the one request. */
export async function answerOf(api: Api, path: string, as: Credential | undefined): Promise<unknown> {
  const response = await api.send("GET", path, { as });
  const body = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get("content-type") ?? "";
  const textual = type.includes("json") && body.length < 200_000;
  return {
    path,
    status: response.status,
    headers: Object.fromEntries(
      compared
        // The length of what names the server differs with its name.
        .filter((name) => !(name === "content-length" && path.startsWith("/api/")))
        .map((name) => [name, neutral(response.headers.get(name) ?? "", api)]),
    ),
    body: textual
      ? neutral(body.toString("utf8"), api)
      : `${body.length} bytes, ${createHash("sha256").update(body).digest("hex")}`,
  };
}

function neutral(text: string, api: Api): string {
  const { origin, host } = new URL(api.url);
  return (
    text
      .replaceAll(origin, "http://registry")
      .replaceAll(host, "registry")
      .replaceAll(/"(requestId|timestamp|expiresAt|expires_in|issued_at)":"?[^",}]*"?/g, '"$1":"-"')
      // Reading is what is counted: the comparison itself changes these.
      .replaceAll(/"downloads":\d+/g, '"downloads":"-"')
  );
}

/** Signs a person in with the password. */
export async function signInAs(api: Api, person: { handle: string; password: string }): Promise<Credential> {
  const { handle, password } = person;
  const { token } = await api.read<{ token: string }>("POST", "/api/v1/auth/sign-in", { json: { handle, password } });
  return { bearer: token };
}
