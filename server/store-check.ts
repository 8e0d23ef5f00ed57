import { AwsClient } from "aws4fetch";
import type { S3Settings } from "../workers/storage/s3/settings.ts";
import { s3Error } from "../workers/storage/s3/xml.ts";
import { systemCode } from "./start-error.ts";

const patienceMs = 10_000;

function advice(status: number, code: string, { bucket }: S3Settings): string {
  if (status === 404) return `make the bucket ${bucket} or correct GATI_S3_BUCKET`;
  if (status === 401 || status === 403)
    return "correct GATI_S3_ACCESS_KEY_ID and GATI_S3_SECRET_ACCESS_KEY, or let this key read, list, write and delete";
  if (/Region|AuthorizationHeaderMalformed/.test(code)) return "correct GATI_S3_REGION";
  return "correct GATI_S3_ENDPOINT, or look at the log of the store";
}

/**
 * Asks an S3 store for a list, as only a bucket that exists answers to a key that is let in.
 * Resolves to one sentence that says what is wrong, without secrets; undefined when nothing is.
 */
export async function storeFault(settings: S3Settings): Promise<string | undefined> {
  const { endpoint, bucket, accessKeyId, secretAccessKey, region } = settings;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 1 });
  try {
    const url = `${endpoint}/${bucket}?list-type=2&max-keys=1&prefix=health%2F`;
    const response = await client.fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    const text = await response.text();
    if (response.ok && text.includes("<ListBucketResult")) return undefined;
    const code = s3Error(text)?.code ?? "";
    const answer = response.ok ? "something else than S3 does" : [response.status, code].filter(Boolean).join(" ");
    return `The S3 store at ${endpoint} answered ${answer}: ${advice(response.status, code, settings)}.`;
  } catch (error) {
    const why = systemCode((error as Error).cause) ?? (error as Error).name;
    return `The S3 store at ${endpoint} cannot be reached (${why}): start it or correct GATI_S3_ENDPOINT.`;
  }
}
