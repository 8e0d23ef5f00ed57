/** The day of an ISO timestamp. */
export function formatDay(iso: string): string {
  return iso.slice(0, 10);
}

/** Name of an artifact in the form that people type: `@handle/name`. */
export function shortName(repository: string): string {
  const [, handle, name] = repository.split("/");
  return `@${handle}/${name}`;
}

/** How often something was downloaded, in words. */
export function formatDownloads(count: number): string {
  return count === 1 ? "1 download" : `${count} downloads`;
}
