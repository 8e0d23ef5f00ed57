export { addPasskey, beginPasskey } from "./add-passkey.ts";
export { answerChallenge, challengeOptions } from "./answer-challenge.ts";
export {
  type FactorStatus,
  factorsOf,
  ownFactors,
  removeApp,
  removeOwnPasskey,
  renewRecoveryCodes,
} from "./manage-factors.ts";
export { answerOf } from "./prove-factor.ts";
export { pruneProofs } from "./prune-proofs.ts";
export { requireFreshSession } from "./require-fresh-session.ts";
export { assertFreshFactor, recentFactor, requireRecentFactor } from "./require-recent-factor.ts";
export { isSealedByOldKey, seal, unseal } from "./seal.ts";
export { beginPasskeySignIn, signInWithPasskey } from "./sign-in-with-passkey.ts";
export { beginStepUp, stepUp } from "./step-up.ts";
export { passkeyAnswer, readAssertion, readRegistration } from "./views.ts";
