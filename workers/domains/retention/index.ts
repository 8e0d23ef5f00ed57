export { runRetentionRound } from "./run-round.ts";
