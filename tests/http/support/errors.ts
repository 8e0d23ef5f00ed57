import { expect } from "vitest";

export interface OciFault {
  readonly code: string;
  readonly message: string;
  readonly detail: { readonly reason: string; readonly requestId: string; readonly [field: string]: unknown };
}

/** Asserts the distribution-spec's error envelope, whole, and returns its only error. */
export async function expectOciError(response: Response, status: number, code: string): Promise<OciFault> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(response.headers.get("content-type")).toBe("application/json");
  const body = JSON.parse(text) as { errors: OciFault[] };
  expect(Object.keys(body)).toEqual(["errors"]);
  expect(body.errors).toEqual([{ code, message: expect.any(String), detail: expect.any(Object) }]);
  const [fault] = body.errors as [OciFault];
  expect(fault.message).not.toBe("");
  expect(fault.detail.requestId).toBe(response.headers.get("x-request-id"));
  return fault;
}

export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly suggestions: readonly string[];
}

/** Asserts the fields of a problem (RFC 9457 and the API's own), all of them and no others, and returns it. */
export async function expectProblem(response: Response, status: number, code: string): Promise<Problem> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const body = JSON.parse(text) as Problem;
  expect(body).toEqual({
    type: `https://gati.dev/problems/${code}`,
    title: expect.any(String),
    status,
    code,
    detail: expect.any(String),
    details: expect.any(Object),
    suggestions: expect.any(Array),
    requestId: response.headers.get("x-request-id"),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(body.detail).not.toBe("");
  expect(body.suggestions.length).toBeGreaterThan(0);
  // What a stack, a query or a zod dump would leave behind.
  expect(text).not.toMatch(/\bat \w+ \(|SELECT |SQLITE|D1_ERROR|ZodError/);
  return body;
}
