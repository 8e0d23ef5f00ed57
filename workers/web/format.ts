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

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Headless)?Chrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\b(?:iPhone|iPad)\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** What a program calls itself, in the words of people where it is a browser. */
export function formatAgent(agent: string | null): string {
  if (agent === null) return "A program that does not say what it is";
  const browser = browsers.find(([pattern]) => pattern.test(agent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(agent))?.[1];
  if (!agent.startsWith("Mozilla/") || !browser) return agent;
  return system ? `${browser} on ${system}` : browser;
}

/** How long ago something was, in words; milliseconds. */
export function formatAgo(duration: number): string {
  const minutes = Math.floor(Math.max(0, duration) / 60_000);
  if (minutes < 1) return "less than a minute ago";
  if (minutes < 60) return minutes === 1 ? "a minute ago" : `${minutes} minutes ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return hours === 1 ? "an hour ago" : `${hours} hours ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}
