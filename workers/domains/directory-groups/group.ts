/** A group of an organisation's directory: a team that the directory keeps. */
export interface Group {
  /** The team's. */
  readonly id: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface GroupFilter {
  readonly attribute: "id" | "displayName" | "externalId" | "member";
  readonly value: string;
}

/** The name of a group's team: what stands in addresses. Undefined when nothing of the group's name can. */
export function teamNameOf(displayName: string): string | undefined {
  const text = displayName
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replaceAll(/^-+|-+$/g, "");
  return /^[a-z0-9]/.test(text) ? text : undefined;
}
