import { bootstrap } from "./bootstrap.ts";
import { parseOptions, usage } from "./options.ts";
import { startServer } from "./server.ts";
import { StartError } from "./start-error.ts";

/** Resolves with the first signal that asks the server to stop. Ctrl-C under npm comes twice: npm passes it on. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === "help") return console.log(usage);
  const stopped = stopSignal();
  const starting = startServer(options);
  const server = await Promise.race([starting, stopped]);
  if (!server) return (await starting).close();
  try {
    const work = bootstrap(server, options);
    work.catch(() => undefined);
    const greeting = await Promise.race([work, stopped]);
    if (!greeting) return;
    for (const line of greeting.lines) console.log(line);
    greeting.printed();
    await stopped;
  } finally {
    await server.close();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof StartError) console.error(error.message);
  else console.error(error);
  process.exit(1);
}
