/**
 * The one door to the SDK. It is taken from its source and bundled, so that the CLI is one package with one copy of
 * the registry's language: an error thrown in the SDK is an `instanceof` the class that the CLI catches.
 */
export * from "../../sdk/src/index.ts";
export * from "../../sdk/src/node/index.ts";
