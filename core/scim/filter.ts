import { type Filter, parse } from "scim2-parse-filter";

/** One comparison of a filter: `userName eq "ann"`. */
export interface Comparison {
  /** Without its schema, in lower case: `username`, `emails.value`, `members.value`. */
  readonly attribute: string;
  readonly value: string | boolean;
}

/** No directory's filter comes near it. */
const longest = 1000;
const mostComparisons = 4;

/** An attribute as it was written, without schema and case. */
export const attributeName = (text: string) =>
  text.toLowerCase().replace(/^urn:ietf:params:scim:schemas:core:2\.0:(?:user|group):/, "");

function comparisons(filter: Filter, within = ""): Comparison[] {
  const prefix = within === "" ? "" : `${within}.`;
  if (filter.op === "and") return filter.filters.flatMap((one) => comparisons(one, within));
  if (filter.op === "[]" && within === "") return comparisons(filter.valFilter, attributeName(filter.attrPath));
  if (filter.op === "eq" && (typeof filter.compValue === "string" || typeof filter.compValue === "boolean")) {
    return [{ attribute: `${prefix}${attributeName(filter.attrPath)}`, value: filter.compValue }];
  }
  throw new Error(`"${filter.op}" is not offered in filters`);
}

/**
 * A filter (RFC 7644, 3.4.2.2) as comparisons that all have to hold. Directories look people and groups up by what is
 * equal; nothing else is offered. Throws a plain Error.
 */
export function parseFilter(text: string): Comparison[] {
  if (text.length > longest) throw new Error("the filter is too long");
  const found = comparisons(parse(text));
  if (found.length > mostComparisons) throw new Error("the filter compares too much");
  return found;
}

/** What a PATCH operation is about (RFC 7644, 3.5.2): an attribute, and which of its values. */
export interface PatchPath {
  /** As in `Comparison`; with what follows the brackets: `emails.value`. */
  readonly attribute: string;
  /** The comparisons in the brackets, without the attribute before them. */
  readonly where: readonly Comparison[];
}

/** Reads the path of a PATCH operation, such as `members[value eq "2819"]`. Throws a plain Error. */
export function parsePath(text: string): PatchPath {
  if (text.length > longest) throw new Error("the path is too long");
  const [, schema = "", attribute = "", , filter, after = ""] =
    /^(urn:[\w.:-]+:)?([A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)?)(\[(.*)\](\.[A-Za-z$][\w$-]*)?)?$/s.exec(text) ?? [];
  if (attribute === "") throw new Error("the path is not understood");
  const where = filter === undefined ? [] : parseFilter(filter);
  return { attribute: attributeName(`${schema}${attribute}${after}`), where };
}
