import { expect, it } from "vitest";
import { parseIssuers } from "./oidc-issuers.ts";

const github = { provider: "github", url: "https://token.actions.githubusercontent.com" };
const gitlab = { provider: "gitlab", url: "https://gitlab.com" };

it("nothing said means GitHub and GitLab; what is named comes first, and off leaves the two out", () => {
  expect(parseIssuers(undefined)).toEqual([github, gitlab]);
  expect(parseIssuers("https://ci.example/oidc github=https://ghes.example/_services/token")).toEqual([
    { provider: "oidc", url: "https://ci.example/oidc" },
    { provider: "github", url: "https://ghes.example/_services/token" },
    github,
    gitlab,
  ]);
  expect(parseIssuers("off, gitlab=http://127.0.0.1:9000")).toEqual([
    { provider: "gitlab", url: "http://127.0.0.1:9000" },
  ]);
});

it.each([
  "http://ci.example",
  "http://127.0.0.1.example",
  "http://10.0.0.1",
  "https://user@ci.example",
  "https://ci.example/?a=b",
  "https://ci.example/#a",
  "ftp://ci.example",
  "google=https://accounts.google.com",
  "ci.example",
])("%s is refused by name", (word) => {
  expect(() => parseIssuers(`https://good.example ${word}`)).toThrow(`"${word}"`);
});
