import { RegistryError } from "../../../core/errors.ts";
import type { Repository } from "../../../core/identifiers.ts";

/** What is told to whoever would change something under a name that an artifact had before, which is called `now`. */
export function formerName(repository: Repository, now: Repository): RegistryError {
  return new RegistryError("name_taken", `${repository} is called ${now} now.`, {
    details: { repository: now },
    suggestions: [`Use ${now}; the old name goes on leading there for those who read.`],
  });
}
