/**
 * `npm run secrets`: prints fresh secrets for `wrangler secret put`. Nothing is stored.
 * `npm run secrets -- rotate`: the same for a new signing key beside the old ones (docs/operations.md, "Keys").
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { rotateTokenKey } from "../server/rotate-key.ts";
import { generateTokenKey, randomText } from "../server/secrets.ts";
import { StartError } from "../server/start-error.ts";

const usage = `Usage: npm run secrets
       npm run secrets -- rotate --data DIR [--revoke]   a new key for the one-machine server of this data folder
       npm run secrets -- rotate --from URL              prints a new key, and the keys of the registry at URL as old ones
  --revoke  what the old keys signed counts no longer: for a key that others know`;

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        data: { type: "string" },
        from: { type: "string" },
        revoke: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new StartError(`${(error as Error).message} (see npm run secrets -- --help)`);
  }
}

async function rotateAt(url: string): Promise<void> {
  if (!URL.canParse(url)) throw new StartError(`"${url}" is not an address such as https://registry.example.`);
  const address = new URL("/.well-known/jwks.json", url);
  const keys = await fetch(address).then(
    async (response) =>
      response.ok ? ((await response.json().catch(() => ({}))) as { keys?: unknown }).keys : undefined,
    () => undefined,
  );
  if (!Array.isArray(keys)) throw new StartError(`${address.href} does not answer with the keys of a registry.`);
  console.log(`GATI_TOKEN_KEY=${await generateTokenKey()}`);
  console.log(`GATI_TOKEN_KEYS_OLD=${JSON.stringify(keys)}`);
  console.error(
    "Second factors are sealed by the key before, unless GATI_SEAL_KEYS is set: set it to the `d` of that key.",
  );
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const { data, from, revoke } = values;
  const rotates = positionals.length === 1 && positionals[0] === "rotate";
  if (values.help) {
    console.log(usage);
  } else if (rotates && data !== undefined && from === undefined) {
    const { signs, verifies } = await rotateTokenKey(resolve(data), { revoke, now: new Date() });
    console.log(`Key ${signs} signs from the next start on; ${verifies.join(", ") || "no other key"} verifies.`);
  } else if (rotates && from !== undefined && data === undefined) {
    await rotateAt(from);
  } else if (positionals.length === 0 && data === undefined && from === undefined) {
    console.log(`GATI_TOKEN_KEY=${await generateTokenKey()}`);
    console.log(`GATI_SETUP_TOKEN=${randomText(32)}`);
  } else {
    console.error(usage);
    process.exitCode = 2;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
