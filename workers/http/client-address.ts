import type { SurfaceContext } from "./surface.ts";
import { settingsOf } from "../env.ts";

/** The eight groups of an IPv6 address. Its last two may be written as an IPv4 address. */
function groupsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [left = [], right = []] = hex.split("::").map((half) => half.split(":").filter(Boolean));
  const gap = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...gap, ...right].map((group) => Number.parseInt(group, 16));
}

/** An address, or the network of one: whoever has an IPv6 address has a whole /64 of them. */
function principalOf(address: string): string {
  if (!address.includes(":")) return address;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  // An IPv4 client as a socket of both kinds sees it.
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":");
}

/** Without the port that some proxies write behind it. */
const bare = (text: string) => /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text)?.slice(1).join("") ?? text;

const valid = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]{2,45})$/i;

/**
 * The client's address as the one in front of the registry states it, in the header that the operator trusts
 * (GATI_ADDRESS_HEADER). Of a list only the last entry was written by that one; the others are the client's to invent.
 * Undefined when nothing trustworthy tells it.
 */
export function clientAddress(c: SurfaceContext): string | undefined {
  const { addressHeader } = settingsOf(c.env);
  if (!addressHeader) return undefined;
  const last = bare(c.req.header(addressHeader)?.split(",").at(-1)?.trim() ?? "");
  return valid.test(last) ? last : undefined;
}

/** What the client's address counts as where calls are counted. */
export function addressPrincipal(c: SurfaceContext): string | undefined {
  const address = clientAddress(c);
  return address === undefined ? undefined : principalOf(address);
}
