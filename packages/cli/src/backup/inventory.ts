import { count } from "../terminal/count.ts";
import type { BackupCounts } from "./summary.ts";

/** "1 account, 2 namespaces, 3 artifacts with 4 versions". */
export function inventory({ accounts, namespaces, artifacts, versions }: BackupCounts): string {
  return `${count(accounts, "account")}, ${count(namespaces, "namespace")}, ${count(artifacts, "artifact")} with ${count(versions, "version")}`;
}
