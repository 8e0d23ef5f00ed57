export { pruneMailTokens } from "./prune-tokens.ts";
