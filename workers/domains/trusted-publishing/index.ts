export { assertTrustedEnough } from "./trusted-enough.ts";
