/** Settings of the module, from `modules.{{name}}` in the application's gati.config.ts. */
export interface Config {
  readonly salutation: string;
}

export const defaultConfig: Config = { salutation: "Hello" };
