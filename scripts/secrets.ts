/** `npm run secrets`: prints fresh secrets for `wrangler secret put`. Nothing is stored. */
import { generateTokenKey, randomText } from "../server/secrets.ts";

console.log(`GATI_TOKEN_KEY=${await generateTokenKey()}`);
console.log(`GATI_SETUP_TOKEN=${randomText(32)}`);
