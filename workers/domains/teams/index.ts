export { findTeams } from "./store.ts";
