export type { Group, GroupFilter } from "./group.ts";
export {
  changeGroup,
  createGroup,
  findGroups,
  type GroupWithMembers,
  readGroup,
  removeGroup,
} from "./manage-groups.ts";
