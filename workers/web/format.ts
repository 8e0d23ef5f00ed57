const units = ["B", "kB", "MB", "GB", "TB"];

/** Bytes for people: 1.2 MB. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** The day of an ISO timestamp. */
export function formatDay(iso: string): string {
  return iso.slice(0, 10);
}

/** Name of an artifact in the form that people type: `@handle/name`. */
export function shortName(repository: string): string {
  const [, handle, name] = repository.split("/");
  return `@${handle}/${name}`;
}
