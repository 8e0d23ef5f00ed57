import { describe, expect, it } from "vitest";
import { isWithin, parseNetwork } from "./networks.ts";

describe("a network", () => {
  it.each([
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["203.0.113.7", "203.0.113.7/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8:0:0::1/32", "2001:db8::/32"],
    ["2001:db8::1", "2001:db8::1/128"],
    ["::ffff:10.1.2.3/104", "10.0.0.0/8"],
    ["::/0", "::/0"],
  ])("%s has one spelling: %s", (text, spelling) => {
    expect(parseNetwork(text)).toBe(spelling);
    expect(parseNetwork(spelling)).toBe(spelling);
  });

  it.each(["", "/", "10.0.0.0/33", "10.0.0/8", "010.0.0.1", "0x7f.0.0.1", "2130706433", "1.2.3.4/-1", "1.2.3.4/8/8"])(
    "%j is none",
    (text) => expect(() => parseNetwork(text)).toThrow(expect.objectContaining({ code: "invalid_request" })),
  );

  it.each(["2001:db8::/129", "fe80::1%eth0/64", "::1/", "localhost", "example.org/8"])("%j is none", (text) =>
    expect(() => parseNetwork(text)).toThrow(expect.objectContaining({ code: "invalid_request" })),
  );
});

describe("an address is within", () => {
  it.each<[string | undefined, string[], boolean]>([
    ["203.0.113.255", ["203.0.113.0/24"], true],
    ["203.0.114.0", ["203.0.113.0/24"], false],
    ["203.0.114.0", ["203.0.113.0/24", "203.0.114.0/32"], true],
    ["::ffff:203.0.113.9", ["203.0.113.0/24"], true],
    ["2001:db8:1::5", ["2001:db8::/32"], true],
    ["2001:db9::5", ["2001:db8::/32"], false],
    ["203.0.113.9", ["::/0"], false],
    ["2001:db8::1", ["0.0.0.0/0"], false],
    ["not an address", ["0.0.0.0/0", "::/0"], false],
    ["0x7f.1", ["0.0.0.0/0"], false],
    [undefined, ["0.0.0.0/0", "::/0"], false],
    ["203.0.113.9", [], false],
  ])("%s of %j: %s", (address, networks, within) => expect(isWithin(address, networks)).toBe(within));
});
