import { expect, it } from "vitest";
import { formatAgent, formatAgo } from "./format.ts";

it.each([
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Chrome on Linux",
  ],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"],
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
    "Safari on iOS",
  ],
  ["gati-cli/0.1.0 node/24.21.0", "gati-cli/0.1.0 node/24.21.0"],
  [null, "A program that does not say what it is"],
])("%s is %s", (agent, words) => {
  expect(formatAgent(agent)).toBe(words);
});

it("how long ago something was is said as people say it", () => {
  const minute = 60_000;
  expect(
    [0, minute, 5 * minute, 60 * minute, 5 * 60 * minute, 24 * 60 * minute, 72 * 60 * minute].map(formatAgo),
  ).toEqual([
    "less than a minute ago",
    "a minute ago",
    "5 minutes ago",
    "an hour ago",
    "5 hours ago",
    "yesterday",
    "3 days ago",
  ]);
});
