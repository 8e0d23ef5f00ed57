export { countDownload } from "./count-download.ts";
export { pruneDownloads } from "./prune-downloads.ts";
export { recordDownloads } from "./record-downloads.ts";
export { settleDownloads } from "./settle-downloads.ts";
