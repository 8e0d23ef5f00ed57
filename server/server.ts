import { once } from "node:events";
import { type AddressInfo, createServer, isIPv6 } from "node:net";
import { type StoreSettings, storeSettingsOf } from "../workers/storage/settings.ts";
import { buildWorker } from "./build.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { holdLifeline } from "./lifeline.ts";
import { lockDataFolder } from "./lock.ts";
import { openLog } from "./logs.ts";
import { migrate } from "./migrate.ts";
import type { StartOptions } from "./options.ts";
import { blobFolder, passedOn, startWorker } from "./runtime.ts";
import { announceStop, keepSchedule } from "./schedule.ts";
import { type Secrets, loadSecrets } from "./secrets.ts";
import { StartError, systemCode } from "./start-error.ts";
import { storeFault } from "./store-check.ts";
import { assertSameStore, recordStore } from "./store-record.ts";
import { sweepTemporaries } from "./sweep.ts";

export interface RegistryServer {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** Host and port as an OCI reference names the registry. */
  readonly host: string;
  readonly secrets: Secrets;
  readonly logFile: string;
  close(): Promise<void>;
}

/** Makes sure that the port is free, before anything is built, and picks one for 0. */
async function choosePort(host: string, port: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, "listening");
    // Not a pipe or UNIX socket: the address has a port.
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    const where = `${host}:${port}`;
    switch (systemCode(error)) {
      case "EADDRINUSE":
        throw new StartError(`Port ${port} on ${host} is in use; choose another with --port.`);
      case "EACCES":
        throw new StartError(`This user may not listen on ${where}; choose a port above 1023 with --port.`);
      case "ENOTFOUND":
      case "EADDRNOTAVAIL":
        throw new StartError(`${host} is not an address of this machine; choose another with --host.`);
      default:
        throw new StartError(`The registry cannot listen on ${where} (${systemCode(error) ?? String(error)}).`);
    }
  } finally {
    probe.close();
  }
}

/**
 * A first start needs its store. Later ones go on without it, because what is not in it can still be read; they warn.
 * A store that a first start did not get into is not written down, so that its settings can be corrected.
 */
async function checkStore(data: string, store: StoreSettings, first: boolean): Promise<void> {
  assertSameStore(data, store);
  const fault = store.kind === "s3" && store.s3 ? await storeFault(store.s3) : undefined;
  if (fault !== undefined && first) throw new StartError(fault);
  if (fault === undefined) recordStore(data, store);
  else console.error(`Warning: ${fault} Until then content can be neither read nor stored.`);
}

/**
 * Starts the registry on this machine: worker built, databases migrated, socket listening. What a first start adds
 * (operator, samples) is `bootstrap`. Throws `StartError` for everything that the person starting it can put right.
 */
export async function startServer(options: StartOptions): Promise<RegistryServer> {
  const started = Date.now();
  const releases: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const release of releases.splice(0).toReversed()) await release();
  };
  try {
    const settings = passedOn(process.env);
    prepareDataFolder(options.data);
    releases.push(lockDataFolder(options.data));
    const lifeline = await holdLifeline(options.data);
    releases.push(lifeline.release);
    const port = await choosePort(options.host, options.port);
    const log = openLog(options.data, { stdout: options.log === "json" });
    releases.push(log.close);
    const secrets = await loadSecrets(options.data);
    await checkStore(options.data, storeSettingsOf(settings, true), !secrets.bootstrapped);
    const build = await buildWorker();
    const common = { build, data: options.data, environment: lifeline.environment, onLog: log.write };
    await migrate(common);
    const runtime = await startWorker({ ...common, host: options.host, port, secrets, settings });
    releases.push(() => runtime.dispose());
    releases.push(() => announceStop(runtime));
    releases.push(keepSchedule(runtime));
    let stopped = false;
    releases.push(() => void (stopped = true));
    void sweepTemporaries(blobFolder(options.data), started, () => stopped).catch(() => undefined);
    const host = `${isIPv6(options.host) ? `[${options.host}]` : options.host}:${port}`;
    return { url: `http://${host}`, host, secrets, logFile: log.path, close };
  } catch (error) {
    await close();
    throw error;
  }
}
