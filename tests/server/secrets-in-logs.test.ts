import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Api } from "../harness/api.ts";
import { testOperator } from "../harness/registry-process.ts";
import { until } from "../harness/until.ts";
import { mail, operatorSession, tokenIn } from "../http/support/mail.ts";
import { registryToken, unique } from "../http/support/people.ts";
import { newDataFolder, startForTest } from "./data-folder.ts";

interface Opened {
  readonly token: string;
  readonly refreshToken: string;
}

it("no password, token or key that anybody used, rightly or wrongly, is in the log or on the output", async () => {
  const data = await newDataFolder();
  const env = { GATI_ADMIN_HANDLE: testOperator.handle, GATI_ADMIN_PASSWORD: testOperator.password };
  const server = await startForTest({ data, env, args: ["--empty", "--log", "json"] });
  const api = new Api(server.url);
  const secrets = new Set<string>([testOperator.password]);
  const remember = <T extends object>(answer: T): T => {
    for (const value of Object.values(answer) as unknown[])
      if (typeof value === "string" && value.length > 40) secrets.add(value);
    return answer;
  };
  const post = async (path: string, json: object) => {
    for (const [name, value] of Object.entries(json) as [string, unknown][])
      if (/password|token/i.test(name) && typeof value === "string") secrets.add(value);
    return api.send("POST", `/api/v1/auth/${path}`, { json });
  };
  const opened = async (path: string, json: object) => remember((await (await post(path, json)).json()) as Opened);

  const operator = await operatorSession(api);
  if ("bearer" in operator) secrets.add(operator.bearer);
  const handle = unique("user");
  const email = `${handle}@example.org`;
  const password = "the first secret passphrase";
  const first = await opened("sign-up", { handle, password, email });
  const verification = tokenIn(await mail(api, operator, email, "Confirm"));
  await post("email/verify", { token: verification });
  await post("email/verify", { token: verification });
  const session = await opened("refresh", { refreshToken: first.refreshToken });
  await opened("sign-in", { handle, password });
  await post("sign-in", { handle, password: "a wrong secret passphrase" });
  await post("password/forgot", { account: email });
  const reset = tokenIn(await mail(api, operator, email, "Set a new password"));
  const as = { bearer: session.token };
  const key = remember(
    await api.read<{ key: string }>("POST", "/api/v1/auth/keys", { as, json: { name: "k", scopes: ["admin"] } }),
  );
  const bought = await registryToken(api, [`repository:users/${handle}/x:pull,push`], { basic: [handle, password] });
  if ("bearer" in bought) secrets.add(bought.bearer);
  for (const credential of [as, { bearer: key.key }, bought, { basic: [handle, "yet another wrong secret"] as const }])
    for (const path of ["/api/v1/auth/me", "/v2/"]) await api.send("GET", path, { as: credential });
  secrets.add("yet another wrong secret");
  await api.send("GET", `/api/v1/artifacts?token=${session.token}`);
  await post("password/reset", { token: reset, password: "the second secret passphrase" });
  await post("refresh", { refreshToken: first.refreshToken });
  await post("sign-out", { refreshToken: session.refreshToken });
  const last = await opened("sign-in", { handle, password: "the second secret passphrase" });
  await api.send("PUT", "/api/v1/account/password", {
    as: { bearer: last.token },
    json: { password: "the second secret passphrase", newPassword: "the third secret passphrase" },
  });
  secrets.add("the third secret passphrase");
  const end = await api.send("DELETE", "/api/v1/account", {
    as: { bearer: last.token },
    json: { password: "the third secret passphrase" },
  });
  expect(end.status).toBe(204);
  const requestId = end.headers.get("x-request-id") ?? "none";

  const folder = join(data, "logs");
  const text = await until("the last request in the log", async () => {
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
    const all = [...files, ...server.output].join("\n");
    return all.includes(requestId) && all;
  });
  // The control: what was done is there, and so are the accounts that it was done to.
  expect(text).toContain("account.password_reset");
  expect(text).toContain("account.deleted");
  expect(secrets.size).toBeGreaterThan(14);
  const found = [...secrets].filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));
  expect(found).toEqual([]);
  expect(text).not.toMatch(/gati_[a-z]{2}_\w{20}|gati_\w{36}|eyJ[\w-]{20}|scrypt\$/);
  expect(text).not.toContain(email);
});
