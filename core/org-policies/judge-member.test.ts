import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeMember, type MemberFacts } from "./judge-member.ts";
import { noDemands, type OrgPolicy } from "./policy.ts";

const ways = ["password", "passkey", "github", "corp"] as const;
const networks = ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"] as const;

const policies: fc.Arbitrary<OrgPolicy> = fc.record({
  secondFactor: fc.boolean(),
  signIn: fc.option(fc.subarray([...ways], { minLength: 1 })),
  networks: fc.option(fc.subarray([...networks], { minLength: 1 })),
  licences: fc.option(fc.constant(["MIT"])),
  approval: fc.boolean(),
});

interface Caller {
  readonly publisher: boolean;
  readonly secondFactor: boolean;
  readonly signIn: string | null;
  readonly from: string | null;
}
const callers: fc.Arbitrary<Caller> = fc.record({
  publisher: fc.boolean(),
  secondFactor: fc.boolean(),
  signIn: fc.option(fc.constantFrom(...ways)),
  from: fc.option(fc.constantFrom(...networks)),
});
const factsOf = ({ from, ...rest }: Caller): MemberFacts => ({
  ...rest,
  comesFrom: (wanted) => from !== null && wanted.includes(from),
});
const codes = (policy: OrgPolicy, caller: Caller) => judgeMember(policy, factsOf(caller)).map(({ code }) => code);

describe("judgeMember", () => {
  it("lets a role count exactly when every demand is met: the rule, written the other way round", () => {
    fc.assert(
      fc.property(policies, callers, (policy, caller) => {
        const person = !caller.publisher;
        const expected = [
          ...(policy.secondFactor && person && !caller.secondFactor ? ["second-factor"] : []),
          ...(policy.signIn !== null && person && !policy.signIn.some((way) => way === caller.signIn)
            ? ["sign-in"]
            : []),
          ...(policy.networks !== null && !policy.networks.some((one) => one === caller.from) ? ["network"] : []),
        ];
        expect(codes(policy, caller)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("demands nothing of anybody by itself, and what is demanded of content concerns no role", () => {
    fc.assert(
      fc.property(callers, fc.boolean(), (caller, approval) => {
        expect(codes({ ...noDemands, approval, licences: ["MIT"] }, caller)).toEqual([]);
      }),
    );
  });

  it("only narrows: one demand more never lets a role count that did not", () => {
    fc.assert(
      fc.property(policies, callers, (policy, caller) => {
        const before = codes(policy, caller);
        expect(codes({ ...policy, secondFactor: true }, caller)).toEqual(expect.arrayContaining(before));
        expect(codes({ ...policy, networks: [] }, caller)).toContain("network");
        for (const reason of judgeMember(policy, factsOf(caller))) {
          expect(reason.message).not.toBe("");
          expect(reason.suggestion).not.toBe("");
        }
      }),
    );
  });
});
