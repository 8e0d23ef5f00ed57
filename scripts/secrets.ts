/**
 * `npm run secrets`: prints fresh secrets for `wrangler secret put`. Nothing is stored.
 * `npm run secrets -- rotate`: the same for a new signing key beside the old ones (docs/operations.md, "Keys").
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { rotateTokenKey } from "../server/rotate-key.ts";
import { generateTokenKey, randomText } from "../server/secrets.ts";

const usage = `Usage: npm run secrets
       npm run secrets -- rotate --data DIR [--revoke]   a new key for the one-machine server of this data folder
       npm run secrets -- rotate --from URL              prints a new key, and the keys of the registry at URL as old ones
  --revoke  what the old keys signed counts no longer: for a key that others know`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: "string" }, from: { type: "string" }, revoke: { type: "boolean", default: false } },
});

async function rotateAt(url: string): Promise<void> {
  const address = new URL("/.well-known/jwks.json", url);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.href} answered ${response.status}.`);
  const { keys } = (await response.json()) as { keys: unknown[] };
  console.log(`GATI_TOKEN_KEY=${await generateTokenKey()}`);
  console.log(`GATI_TOKEN_KEYS_OLD=${JSON.stringify(keys)}`);
}

if (positionals[0] === "rotate" && values.data !== undefined && values.from === undefined) {
  const { signs, verifies } = await rotateTokenKey(resolve(values.data), { revoke: values.revoke, now: new Date() });
  console.log(`Key ${signs} signs from the next start on; ${verifies.join(", ") || "no other key"} verifies.`);
} else if (positionals[0] === "rotate" && values.from !== undefined && values.data === undefined) {
  await rotateAt(values.from);
} else if (positionals.length === 0) {
  console.log(`GATI_TOKEN_KEY=${await generateTokenKey()}`);
  console.log(`GATI_SETUP_TOKEN=${randomText(32)}`);
} else {
  console.error(usage);
  process.exitCode = 2;
}
