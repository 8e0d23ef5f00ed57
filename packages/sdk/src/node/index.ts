/** What only Node can do: files and native hashing. */
export { fileSink, type FileSource, fileSource } from "./files.ts";
export { digestFile, nodeHash } from "./hashing.ts";
