/** What the runtime loads: the shape of `Module` in @gati-framework/runtime. */
export interface GatiModule<Exports> {
  readonly name: string;
  readonly version: string;
  readonly exports: Exports;
  init?(): Promise<void> | void;
  shutdown?(): Promise<void> | void;
  healthCheck?(): Promise<boolean> | boolean;
}

export interface GreetingRequest {
  readonly name: string;
}

export interface Greeting {
  readonly text: string;
}
