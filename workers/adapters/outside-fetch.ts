import { type OutsideRules, outsideUrl } from "../../core/outside-urls.ts";

export interface OutsideRequest extends OutsideRules {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole answer. */
  readonly timeout?: number;
  /** Bytes of the answer that are read. */
  readonly maxBytes?: number;
}

/** How long somebody outside may take for one answer, and how long the answer may be, unless the caller says otherwise. */
export const outsideTimeout = 5_000;
export const outsideBytes = 256 * 1024;

/**
 * Asks an address that the registry did not choose itself. The guard of `core/outside-urls.ts` judges it; no redirect is
 * followed, no cookie is sent, time and length are bounded, and the whole answer is read before it is given back.
 * Throws a plain Error when the address is not allowed, when nothing answers in time, for a redirect and for too much.
 */
export async function fetchOutside(address: string | URL, request: OutsideRequest = {}): Promise<Response> {
  const { method = "GET", headers = {}, body, timeout = outsideTimeout, maxBytes = outsideBytes } = request;
  const url = guarded(String(address), request);
  const response = await fetch(url, {
    method,
    headers: { ...headers },
    redirect: "manual",
    signal: AbortSignal.timeout(timeout),
    ...(body === undefined ? {} : { body }),
  });
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new Error(`${url.origin} redirects (${response.status}), which is not followed`);
  }
  const bytes = await readBounded(response, maxBytes, url.origin);
  return new Response(/^(?:204|205|304)$/.test(String(response.status)) ? null : bytes, {
    status: response.status,
    headers: response.headers,
  });
}

/** The address, when it may be asked. The Error names only what is wrong: an address may hold what is nobody's business. */
function guarded(address: string, rules: OutsideRules): URL {
  try {
    return outsideUrl(address, rules);
  } catch (error) {
    throw new Error(`An address outside may not be asked: ${(error as Error).message}.`, { cause: error });
  }
}

async function readBounded(response: Response, maxBytes: number, origin: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new Error(`${origin} answers more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
