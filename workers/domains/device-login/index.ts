export { decideDeviceLogin, waitingDevice } from "./decide-device-login.ts";
export { pruneDeviceLogins } from "./prune-device-logins.ts";
export type { DeviceRequest } from "./store.ts";
export { readUserCode } from "./user-code.ts";
