export { findTeams, teamsOf } from "./store.ts";
