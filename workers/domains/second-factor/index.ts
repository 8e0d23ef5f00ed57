export { factorsOf } from "./manage-factors.ts";
export { pruneProofs } from "./prune-proofs.ts";
export { assertFreshFactor, recentFactor, requireRecentFactor } from "./require-recent-factor.ts";
export { answerChallenge } from "./answer-challenge.ts";
export { answerOf } from "./prove-factor.ts";
export { requireFreshSession } from "./require-fresh-session.ts";
