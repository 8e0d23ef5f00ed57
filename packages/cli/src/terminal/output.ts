import { styleText } from "node:util";

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

export interface OutputOptions {
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout?: NodeJS.WriteStream;
  readonly stderr?: NodeJS.WriteStream;
}

/**
 * Results go to stdout, everything said on the way to stderr. With `--json` stdout is exactly one JSON document and
 * stderr is silent. Colours only on a terminal, and never with NO_COLOR (https://no-color.org).
 */
export class Output {
  readonly json: boolean;
  readonly #env: NodeJS.ProcessEnv;
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;

  constructor(options: OutputOptions) {
    this.json = options.json;
    this.#env = options.env;
    this.#stdout = options.stdout ?? process.stdout;
    this.#stderr = options.stderr ?? process.stderr;
  }

  /** Whether a person watches: progress bars and questions make sense. */
  get interactive(): boolean {
    return !this.json && this.#stderr.isTTY === true && this.#env["TERM"] !== "dumb" && !this.#env["CI"];
  }

  get stderr(): NodeJS.WriteStream {
    return this.#stderr;
  }

  style(style: Style, text: string): string {
    const color =
      this.#stderr.isTTY === true &&
      this.#stdout.isTTY === true &&
      !this.#env["NO_COLOR"] &&
      this.#env["TERM"] !== "dumb";
    return color ? styleText(style, text) : text;
  }

  /** The result of the command: `lines` for people, `data` for scripts. */
  result(data: object, lines: readonly string[]): void {
    if (this.json) this.document(data);
    else for (const line of lines) this.#stdout.write(`${line}\n`);
  }

  document(data: object): void {
    this.#stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  }

  note(text: string): void {
    if (!this.json) this.#stderr.write(`${text}\n`);
  }

  warn(text: string): void {
    this.note(`${this.style("yellow", "warning")} ${text}`);
  }

  errorLine(text: string): void {
    this.#stderr.write(`${text}\n`);
  }
}
