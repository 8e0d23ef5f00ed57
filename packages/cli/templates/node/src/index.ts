import { type Config, defaultConfig } from "./config.js";
import type { GatiModule, Greeting, GreetingRequest } from "./types.js";

export type { Config, GatiModule, Greeting, GreetingRequest };

interface Exports {
  greet(request: GreetingRequest): Greeting;
}

/** Makes the module with the application's settings. */
export function createModule(config: Partial<Config> = {}): GatiModule<Exports> {
  const { salutation } = { ...defaultConfig, ...config };
  return {
    name: "{{name}}",
    version: "0.1.0",
    exports: {
      greet: ({ name }) => ({ text: `${salutation}, ${name}!` }),
    },
  };
}

export default createModule();
