import type { SurfaceContext } from "./surface.ts";
import { settingsOf } from "../env.ts";

/** An address, or the network of one: whoever has an IPv6 address has a whole /64 of them. */
function principalOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const left = head.split(":").filter(Boolean);
  const right = address.includes("::") ? tail.split(":").filter(Boolean) : [];
  const groups = [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0"), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}

const valid = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]{2,45})$/i;

/**
 * The client's address as the one in front of the registry states it, in the header that the operator trusts
 * (GATI_ADDRESS_HEADER). Of a list only the last entry was written by that one; the others are the client's to invent.
 * Undefined when nothing trustworthy tells it.
 */
export function clientAddress(c: SurfaceContext): string | undefined {
  const { addressHeader } = settingsOf(c.env);
  if (!addressHeader) return undefined;
  const last = c.req.header(addressHeader)?.split(",").at(-1)?.trim();
  return last !== undefined && valid.test(last) ? last : undefined;
}

/** What the client's address counts as where calls are counted. */
export function addressPrincipal(c: SurfaceContext): string | undefined {
  const address = clientAddress(c);
  return address === undefined ? undefined : principalOf(address);
}
