import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Attempt, IdentityProvider } from "../../workers/adapters/sign-in/identity-provider.ts";

/** A provider with an adapter to it, in the hands of a test. */
export interface ProviderScene {
  readonly adapter: IdentityProvider;
  /** Where the provider is. */
  readonly url: string;
  readonly clientId: string;
  /** Who is signed in there. */
  person(subject: string, name: string, email: string | undefined): void;
  declines(): void;
  breaks(): void;
  /** Everything is fine again. */
  reset(): void;
  stop(): Promise<void>;
}

export const attemptOf = (name: string): Attempt => ({
  redirectUri: "http://127.0.0.1:1/sign-in/callback/here",
  state: `state-of-${name}`,
  nonce: `nonce-of-${name}`,
  verifier: `verifier-of-${name}-which-is-long-enough-for-rfc-7636`,
});

/** Sends a browser to the provider and brings back the parameters that it is sent away with. */
export async function parametersOf(adapter: IdentityProvider, attempt: Attempt): Promise<URLSearchParams> {
  const response = await fetch(await adapter.begin(attempt), { redirect: "manual" });
  const location = new URL(response.headers.get("location") ?? "");
  expect(`${location.origin}${location.pathname}`).toBe(attempt.redirectUri);
  return location.searchParams;
}

/** What the registry relies on, whoever the provider is. */
export function identityProviderContract(name: string, start: () => Promise<ProviderScene>): void {
  describe(`identity provider: ${name}`, () => {
    let scene: ProviderScene;
    beforeAll(async () => {
      scene = await start();
    });
    afterAll(() => scene.stop());
    beforeEach(() => {
      scene.reset();
      scene.person("4711", "ann", "ann@example.com");
    });

    const signIn = async (attempt = attemptOf("first")) =>
      scene.adapter.finish(attempt, await parametersOf(scene.adapter, attempt));

    it("sends the browser to the provider with the exact address to come back to, state and PKCE", async () => {
      const attempt = attemptOf("first");
      const url = await scene.adapter.begin(attempt);
      expect(url.origin).toBe(scene.url);
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        client_id: scene.clientId,
        redirect_uri: attempt.redirectUri,
        state: attempt.state,
        code_challenge_method: "S256",
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      });
      expect(url.href).not.toContain(attempt.verifier);
    });

    it("knows a person by issuer and subject, whatever else changes", async () => {
      const first = await signIn();
      expect(first).toMatchObject({ issuer: scene.url, subject: "4711", name: "ann", email: "ann@example.com" });
      scene.person("4711", "renamed", undefined);
      const second = await signIn(attemptOf("second"));
      expect(second).toMatchObject({ issuer: first.issuer, subject: first.subject, name: "renamed" });
      expect(second.email).toBeUndefined();
      scene.person("4712", "ann", "ann@example.com");
      expect((await signIn(attemptOf("third"))).subject).toBe("4712");
    });

    it("refuses an answer with another state", async () => {
      const back = await parametersOf(scene.adapter, attemptOf("first"));
      await expect(scene.adapter.finish(attemptOf("second"), back)).rejects.toMatchObject({ name: "SignInRefused" });
    });

    it("tells a person who declined from an answer that is wrong", async () => {
      scene.declines();
      await expect(signIn()).rejects.toMatchObject({ name: "SignInRefused", declined: true });
    });

    it("tells a provider that fails from an answer that is wrong", async () => {
      const attempt = attemptOf("first");
      const back = await parametersOf(scene.adapter, attempt);
      scene.breaks();
      await expect(scene.adapter.finish(attempt, back)).rejects.toMatchObject({ name: "ProviderFailure" });
    });
  });
}
