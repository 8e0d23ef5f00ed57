import type { LockedModule } from "../project/lock-file.ts";
import { parseRepository } from "../sdk.ts";
import type { ResolvedModule } from "./catalogue.ts";

/** Content and needs of a module in a form that can be compared. */
function essence({ layers, dependencies }: LockedModule): string {
  const content = layers.map(({ digest, size }) => [digest, size]);
  return JSON.stringify([content, Object.entries(dependencies).toSorted()]);
}

/**
 * What an entry of gati.lock says otherwise than the content that its digest names, or undefined when they agree. A
 * version is part of the Gati manifest; an image without one has no version of its own, which only the registry knows.
 *
 * @param name the entry's name, `@handle/name`
 * @param renamed whether the name in the manifest and the entry's are known to be of one artifact
 * @param actual what was read, and verified, by the entry's digest
 */
export function lockMismatch(
  name: string,
  locked: LockedModule,
  actual: ResolvedModule,
  renamed = false,
): string | undefined {
  const { handle, name: short } = parseRepository(locked.repository);
  if (`@${handle}/${short}` !== name) return `it takes ${name} from the repository ${locked.repository}`;
  const { manifest } = actual;
  if (manifest !== undefined && manifest.name !== short && !renamed)
    return `its digest for ${name} is that of a module called ${manifest.name}`;
  if (manifest !== undefined && locked.version !== null && manifest.version !== locked.version)
    return `it says that ${name} is ${locked.version}, and its digest is that of ${manifest.version}`;
  if (actual.type !== locked.type)
    return `it says that ${name} is a ${locked.type}, and its digest is that of a ${actual.type}`;
  if (essence(actual) !== essence(locked))
    return `layers or dependencies of ${name}@${locked.version ?? locked.digest} are not those of its digest`;
  return undefined;
}
