import type { TestProject } from "vitest/node";
import { type S3Endpoint, startS3Endpoint } from "./s3-endpoint.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** An S3 bucket on loopback for the tests of the S3 blob store. */
    s3: Omit<S3Endpoint, "stop">;
  }
}

/** Starts one S3 endpoint for the whole run and stops it at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, ...s3 } = await startS3Endpoint();
  project.provide("s3", s3);
  return stop;
}
