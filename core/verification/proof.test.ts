import { describe, expect, it } from "vitest";
import { findingOfDns, parseSubject, provesIt } from "./proof.ts";
import { absentFor, afterCheck, unreachableFor } from "./expiry.ts";

const txt = (data: string, type = 16) => ({ Status: 0, Answer: [{ type, data }] });

describe("findingOfDns", () => {
  it.each([
    ["the proof", txt('"gati-verification=t0ken"'), "proved"],
    ["the proof in two strings", txt('"gati-verif" "ication=t0ken"'), "proved"],
    ["the proof without quotes", txt("gati-verification=t0ken"), "proved"],
    ["another token", txt('"gati-verification=t0ken2"'), "absent"],
    ["a record that only holds it", txt('"v=spf1 gati-verification=t0ken"'), "absent"],
    ["a record of another type", txt('"gati-verification=t0ken"', 5), "absent"],
    ["no record", { Status: 0 }, "absent"],
    ["NXDOMAIN", { Status: 3 }, "absent"],
    ["SERVFAIL", { Status: 2, Answer: [{ type: 16, data: '"gati-verification=t0ken"' }] }, "unreachable"],
    ["something else", "no", "unreachable"],
    ["nothing", null, "unreachable"],
    ["records that are none", { Status: 0, Answer: [null, 5, {}] }, "absent"],
  ])("%s", (_, answer, expected) => expect(findingOfDns(answer, "t0ken")).toBe(expected));
});

describe("provesIt", () => {
  it("looks for a line of its own", () => {
    expect(provesIt("hello\r\ngati-verification=t0ken\r\n", "t0ken")).toBe(true);
    expect(provesIt("see gati-verification=t0ken", "t0ken")).toBe(false);
    expect(provesIt("gati-verification=t0ken0", "t0ken")).toBe(false);
  });
});

describe("parseSubject", () => {
  it("takes public domains and accounts, in lower case", () => {
    expect(parseSubject("domain", " Example.COM ").subject).toBe("example.com");
    expect(parseSubject("domain", "xn--bcher-kva.example").subject).toBe("xn--bcher-kva.example");
    expect(parseSubject("github", "Octo-Cat").subject).toBe("octo-cat");
  });
});

describe("afterCheck", () => {
  const fresh = { failures: 0, failingSince: null };
  it("ends after three failures over three days, and not sooner", () => {
    const first = afterCheck(fresh, "absent", 0);
    expect(first).toEqual({ failures: 1, failingSince: 0, ends: false });
    expect(afterCheck({ failures: 1, failingSince: 0 }, "absent", absentFor).ends).toBe(false);
    expect(afterCheck({ failures: 9, failingSince: 0 }, "absent", absentFor - 1).ends).toBe(false);
    expect(afterCheck({ failures: 2, failingSince: 0 }, "absent", absentFor).ends).toBe(true);
  });
  it("waits longer for what does not answer, and forgets everything when the proof is back", () => {
    expect(afterCheck({ failures: 9, failingSince: 0 }, "unreachable", absentFor).ends).toBe(false);
    expect(afterCheck({ failures: 9, failingSince: 0 }, "unreachable", unreachableFor).ends).toBe(true);
    expect(afterCheck({ failures: 2, failingSince: 0 }, "proved", absentFor)).toEqual({ ...fresh, ends: false });
  });
});
