import { describe, expect, it } from "vitest";
import { outsideUrl } from "./outside-urls.ts";

describe("attack: an address that leads into a private network", () => {
  it.each([
    ["the metadata service", "https://169.254.169.254/latest/meta-data"],
    ["a private network", "https://10.0.0.1/"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback by name", "https://localhost/"],
    ["loopback with a dot at the end", "https://localhost./"],
    ["loopback below a name", "https://x.localhost/"],
    ["loopback in one number", "https://2130706433/"],
    ["loopback in hexadecimal", "https://0x7f.1/"],
    ["loopback in octal", "https://0177.0.0.1/"],
    ["loopback in wide digits", "https://１２７.0.0.1/"],
    ["the address of nobody", "https://0/"],
    ["loopback in IPv6", "https://[::1]/"],
    ["IPv4 in IPv6", "https://[::ffff:10.0.0.1]/"],
    ["a link-local address in IPv6", "https://[fe80::1]/"],
    ["a public address without a name", "https://203.0.113.7/"],
    ["a host without a domain", "https://intranet/"],
    ["a name of a private network", "https://vault.internal/"],
    ["a name of a home network", "https://nas.home.arpa/"],
    ["a name for multicast DNS", "https://printer.local/"],
    ["another port", "https://public.example:6379/"],
    ["plain HTTP", "http://public.example/"],
    ["credentials", "https://user:secret@public.example/"],
    ["credentials that look like a host", "https://public.example@10.0.0.1/"],
    ["a file", "file:///etc/passwd"],
    ["another scheme", "gopher://public.example/"],
    ["data", "data:text/plain,x"],
    ["a fragment", "https://public.example/#x"],
    ["no address at all", "public.example"],
    ["an endless one", `https://public.example/${"x".repeat(3000)}`],
  ])("%s is refused", (_, text) => {
    expect(() => outsideUrl(text)).toThrow(/^it /);
  });
});

it("public names over https are let through", () => {
  for (const text of [
    "https://accounts.google.com/.well-known/openid-configuration",
    "https://public.example:443/path?query",
    "https://bücher.example/",
    "https://_service.public.example/",
  ])
    expect(outsideUrl(text).protocol).toBe("https:");
});

it("an operator may name their own network, and this machine only while the installation is on it", () => {
  expect(outsideUrl("https://10.0.0.1:8443/realm", { operators: true }).port).toBe("8443");
  expect(() => outsideUrl("http://10.0.0.1/", { operators: true })).toThrow("not https");
  expect(() => outsideUrl("http://127.0.0.1:9000", { operators: true })).toThrow("this very machine");
  expect(outsideUrl("http://127.0.0.1:9000", { loopback: true }).port).toBe("9000");
  expect(() => outsideUrl("http://127.0.0.1.public.example", { loopback: true })).toThrow("not https");
});

it("what stands beside a known address is let through, and nothing else of its host", () => {
  const beside = "https://10.0.0.1:8443";
  expect(outsideUrl("https://10.0.0.1:8443/keys", { beside }).pathname).toBe("/keys");
  expect(() => outsideUrl("https://10.0.0.1/keys", { beside })).toThrow("public Internet");
  expect(() => outsideUrl("https://x@10.0.0.1:8443/keys", { beside })).toThrow("credentials");
});
