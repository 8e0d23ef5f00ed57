export { assertNotConfusable } from "./judge-artifact.ts";
export { assertHandleClaimable, confusableHandle } from "./judge-handle.ts";
export { refreshNames } from "./refresh-names.ts";
export { handleClaim, isConfusableHandle } from "./store.ts";
