import { type Comparison, parseFilter } from "../../../core/scim/filter.ts";
import type { SurfaceContext } from "../../http/surface.ts";
import { faulty, understood } from "./errors.ts";

/** Resources that one page holds at most, and unless the client says otherwise. */
export const largestPage = 200;
const usualPage = 100;

const wholeNumber = (text: string | undefined, fallback: number) => {
  if (text === undefined) return fallback;
  if (!/^-?\d{1,9}$/.test(text)) throw faulty("invalidValue", "startIndex and count are whole numbers.");
  return Number(text);
};

/** The page that is asked for: counted from 1; numbers that are too small mean the smallest (RFC 7644, 3.4.2.4). */
export function pageOf(c: SurfaceContext): { offset: number; limit: number } {
  const start = Math.max(1, wholeNumber(c.req.query("startIndex"), 1));
  const count = Math.min(largestPage, Math.max(0, wholeNumber(c.req.query("count"), usualPage)));
  return { offset: start - 1, limit: count };
}

/** The comparisons of the request's filter, by the names that this kind of resource has for them. */
export function filtersOf<T extends string>(
  c: SurfaceContext,
  names: Readonly<Record<string, T>>,
): { attribute: T; value: Comparison["value"] }[] {
  const text = c.req.query("filter");
  if (text === undefined || text === "") return [];
  return understood("invalidFilter", () => parseFilter(text)).map(({ attribute, value }) => {
    const name = Object.hasOwn(names, attribute) ? names[attribute] : undefined;
    if (name === undefined) throw faulty("invalidFilter", "Filters compare only what /Schemas names, with eq.");
    return { attribute: name, value };
  });
}

export function listOf(resources: readonly unknown[], total: number, offset: number) {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: total,
    startIndex: offset + 1,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}
