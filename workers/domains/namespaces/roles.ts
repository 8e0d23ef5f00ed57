/** What a user may do in a namespace or to an artifact; each includes those before it. */
export const roles = ["read", "write", "admin", "owner"] as const;
export type Role = (typeof roles)[number];

/** True when `held` is the role or one that includes it. */
export function includesRole(held: Role | null, needed: Role): boolean {
  return held !== null && roles.indexOf(held) >= roles.indexOf(needed);
}

/** Roles as the database counts them: 0 is none. */
export function roleOfRank(rank: number): Role | null {
  return roles[rank - 1] ?? null;
}
