import { afterAll, beforeAll, expect, it } from "vitest";
import { unique } from "../http/support/people.ts";
import { Browser, linkOf, textOf } from "./support/browser.ts";
import { password, SignInScene } from "./support/scene.ts";

let scene: SignInScene;
beforeAll(async () => {
  scene = await SignInScene.start();
}, 120_000);
afterAll(() => scene.stop());

it("a person of a real OpenID provider chooses a handle once, and is known by it ever after", async () => {
  const login = unique("login");
  const handle = unique("ada");
  const first = new Browser();
  const asked = await scene.arriveWithWork(first, login, {
    email: `${login}@work.example`,
    email_verified: true,
    preferred_username: "Ada L.",
  });
  expect(asked.url.pathname).toBe("/sign-up/provider");
  expect(textOf(asked)).toContain("Work knows you as Ada L.");
  expect(asked.html).toContain('value="ada-l"');
  const account = await first.submit(asked, "/sign-up/provider", { handle });
  expect(account.url.pathname).toBe("/account");
  expect(textOf(account)).toContain(`${login}@work.example confirmed`);

  // Another browser, another name and address there: the same subject is the same account.
  const second = new Browser();
  scene.real.people.set(login, { email: "else@where.example", email_verified: true, preferred_username: "Changed" });
  const again = await scene.real.signIn(second, await scene.continueWith(second, "Work", "/users/x"), login);
  expect(again.url.pathname).toBe("/users/x");
  expect(textOf(await second.open(`${scene.url}/account`))).toContain(`${login}@work.example confirmed`);
  expect(textOf(again)).toContain(handle);
});

it("what the provider was sent has PKCE, state, nonce and the exact address", async () => {
  const browser = new Browser();
  const page = await scene.continueWith(browser, "Odd", "/", (url) => url.origin === scene.odd.url);
  const sent = Object.fromEntries(page.url.searchParams);
  expect(sent).toMatchObject({
    client_id: scene.odd.clientId,
    response_type: "code",
    redirect_uri: `${scene.url}/sign-in/callback/odd`,
    code_challenge_method: "S256",
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^gati_ss_/),
    scope: "openid email profile",
  });
});

it("GitHub's people are their number, with the address that is primary and verified", async () => {
  const id = Math.floor(Math.random() * 1e9);
  const email = `${id}@hub.example`;
  scene.github.user = {
    id,
    login: "Octo_Cat",
    emails: [
      { email: "old@hub.example", primary: false, verified: true },
      { email, primary: true, verified: true },
    ],
  };
  const first = new Browser();
  const asked = await scene.continueWith(first, "GitHub");
  expect(textOf(asked)).toContain("GitHub knows you as Octo_Cat");
  expect(scene.github.exchanges.at(-1)?.get("redirect_uri")).toBe(`${scene.url}/sign-in/callback/github`);
  const handle = unique("octo");
  expect(textOf(await first.submit(asked, "/sign-up/provider", { handle }))).toContain(`${email} confirmed`);

  scene.github.user = { id, login: "renamed", emails: [] };
  const second = new Browser();
  expect(textOf(await scene.continueWith(second, "GitHub"))).toContain(handle);
});

it("signing out ends the session, and the cookie is worth nothing after", async () => {
  const browser = new Browser();
  const { handle, page } = await scene.signUp(browser);
  const stolen = new Browser();
  for (const [name, value] of browser.jar(scene.url)) stolen.jar(scene.url).set(name, value);
  expect(textOf(await stolen.open(`${scene.url}/account`))).toContain(handle);
  expect((await browser.submit(page, "/sign-out")).url.pathname).toBe("/");
  expect((await stolen.open(`${scene.url}/account`)).url.pathname).toBe("/sign-in");
  expect(textOf(await scene.signIn(browser, handle))).toContain(handle);
});

it("signed in, pages show private artifacts to those who may see them, and keep them from caches", async () => {
  const browser = new Browser();
  const { handle } = await scene.signUp(browser);
  const { token } = await scene.api.read<{ token: string }>("POST", "/api/v1/auth/sign-in", {
    json: { handle, password },
  });
  const as = { bearer: token };
  const repository = `users/${handle}/hidden`;
  const blob = await scene.api.send(
    "POST",
    `/v2/${repository}/blobs/uploads/?digest=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a`,
    { as, body: "{}" },
  );
  expect(blob.status).toBe(201);
  const config = {
    mediaType: "application/vnd.oci.empty.v1+json",
    digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    size: 2,
  };
  const type = "application/vnd.oci.image.manifest.v1+json";
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    artifactType: "application/vnd.example.v1",
    config,
    layers: [config],
  });
  await scene.api.send("PUT", `/v2/${repository}/manifests/1.0.0`, {
    as,
    body: manifest,
    headers: { "Content-Type": type },
  });
  await scene.api.read("PATCH", `/api/v1/artifacts/${repository}`, { as, json: { visibility: "private" } });

  const mine = await browser.open(`${scene.url}/${repository}`);
  expect(mine.status).toBe(200);
  expect(textOf(mine)).toContain("private");
  expect(mine.headers.get("cache-control")).toBe("private, no-store");
  expect(textOf(await browser.open(`${scene.url}/users/${handle}`))).toContain(`@${handle}/hidden`);
  const stranger = await new Browser().open(`${scene.url}/${repository}`);
  expect(stranger.status).toBe(404);
  expect(stranger.html).not.toContain("1.0.0");
});

it("an identity is linked from the account's page and unlinked again, but not the last way in", async () => {
  const browser = new Browser();
  const { handle, page } = await scene.signUp(browser);
  const login = unique("login");
  scene.real.people.set(login, { preferred_username: "linked-one" });
  const linked = await scene.real.signIn(browser, await browser.open(linkOf(page, "Link Work")), login);
  expect(textOf(linked)).toContain("Linked. You can sign in with it from now on.");
  const other = new Browser();
  expect(textOf(await scene.real.signIn(other, await scene.continueWith(other, "Work"), login))).toContain(handle);
  expect(textOf(await browser.submit(linked, "/identities/unlink"))).toContain("Unlinked.");

  const only = new Browser();
  await scene.joinWithWork(only);
  const refused = await only.submit(await only.open(`${scene.url}/account`), "/identities/unlink");
  expect(refused.status).toBe(403);
  expect(textOf(refused)).toContain("This is the last way into your account");
  const set = await only.submit(refused, "/account/password", { "new-password": password });
  expect(textOf(set)).toContain("The password is set");
  expect(textOf(await only.submit(set, "/identities/unlink"))).toContain("Unlinked.");
});
