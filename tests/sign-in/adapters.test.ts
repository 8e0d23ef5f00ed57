import { GitHubProvider } from "../../workers/adapters/sign-in/github-provider.ts";
import { OidcProvider } from "../../workers/adapters/sign-in/oidc-provider.ts";
import { identityProviderContract } from "../contracts/identity-provider.ts";
import { GitHubServer } from "./support/github-server.ts";
import { OddIssuer } from "./support/odd-issuer.ts";

const common = { id: "here", name: "Here", signUp: undefined };

identityProviderContract("OpenID", async () => {
  const server = await OddIssuer.start();
  const { url, clientId, clientSecret } = server;
  const scopes = ["openid", "email"];
  const provider = { ...common, kind: "oidc", issuer: url, api: undefined, clientId, clientSecret, scopes } as const;
  return {
    adapter: new OidcProvider(provider, true),
    url,
    clientId,
    person: (subject, name, email) => {
      server.subject = subject;
      server.claims = { preferred_username: name, ...(email ? { email, email_verified: true } : {}) };
    },
    declines: () => {
      server.lie = {
        back: (parameters) => {
          parameters.delete("code");
          parameters.set("error", "access_denied");
        },
      };
    },
    breaks: () => {
      server.fails = true;
    },
    reset: () => {
      server.lie = {};
      server.fails = false;
    },
    stop: () => server.stop(),
  };
});

identityProviderContract("GitHub", async () => {
  const server = await GitHubServer.start();
  const { url, clientId, clientSecret } = server;
  const scopes = ["read:user", "user:email"];
  const api = `${url}/api/v3`;
  const provider = { ...common, kind: "github", issuer: url, api, clientId, clientSecret, scopes } as const;
  return {
    adapter: new GitHubProvider(provider, true),
    url,
    clientId,
    person: (subject, login, email) => {
      server.user = { id: Number(subject), login, emails: email ? [{ email, primary: true, verified: true }] : [] };
    },
    declines: () => {
      server.declines = true;
    },
    breaks: () => {
      server.broken = "error";
    },
    reset: () => {
      server.declines = false;
      server.broken = "none";
    },
    stop: () => server.stop(),
  };
});
