import cliProgress from "cli-progress";
import { formatBytes } from "../../../../core/format-bytes.ts";
import type { Output } from "./output.ts";

/** Counts the bytes of several transfers that run at once. */
export interface Progress {
  /** Sets how much of one transfer is done. */
  set(transfer: string, done: number): void;
  stop(): void;
}

/** A bar on stderr; silent when nobody watches. */
export function startProgress(output: Output, label: string, totalBytes: number): Progress {
  const done = new Map<string, number>();
  if (!output.interactive || totalBytes === 0) return { set: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar(
    {
      stream: output.stderr,
      clearOnComplete: true,
      hideCursor: true,
      format: (options, params) => {
        const percent = Math.floor(params.progress * 100);
        return `${label} ${cliProgress.Format.BarFormat(params.progress, options)} ${percent}% ${formatBytes(params.value)} of ${formatBytes(params.total)}`;
      },
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(totalBytes, 0);
  return {
    set: (transfer, bytes) => {
      done.set(transfer, bytes);
      bar.update([...done.values()].reduce((sum, value) => sum + value, 0));
    },
    stop: () => bar.stop(),
  };
}
