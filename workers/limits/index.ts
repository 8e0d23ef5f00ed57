export { bodyTooLarge } from "./body-limit.ts";
export { assertTaken, Limiter, type Taken } from "./limiter.ts";
export { parsePolicies, type Policies, type PolicyName } from "./policies.ts";
