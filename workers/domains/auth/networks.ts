import ipaddr from "ipaddr.js";
import { RegistryError } from "../../../core/errors.ts";

const { IPv4, IPv6 } = ipaddr;

/**
 * A network in its one spelling: `10.1.2.3/8` is `10.0.0.0/8`, and a single address is a network of one. Short, octal and
 * hexadecimal forms of IPv4 and zones of IPv6 are refused: they do not mean the same to everybody. Errors: `invalid_request`.
 */
export function parseNetwork(text: string): string {
  const cidr = text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`;
  if (IPv4.isValidCIDRFourPartDecimal(cidr)) {
    return `${IPv4.networkAddressFromCIDR(cidr)}/${IPv4.parseCIDR(cidr)[1]}`;
  }
  if (!cidr.includes("%") && IPv6.isValidCIDR(cidr)) {
    const [address, bits] = IPv6.parseCIDR(cidr);
    if (address.isIPv4MappedAddress() && bits >= 96) return parseNetwork(`${address.toIPv4Address()}/${bits - 96}`);
    return `${IPv6.networkAddressFromCIDR(cidr).toRFC5952String()}/${bits}`;
  }
  throw new RegistryError("invalid_request", `"${text.slice(0, 80)}" is no network.`, {
    suggestions: ["Write networks as 203.0.113.0/24 or 2001:db8::/32, and single addresses as they are."],
  });
}

/** True when the address lies in one of the networks. An unknown address lies in none. */
export function isWithin(address: string | undefined, networks: readonly string[]): boolean {
  if (address === undefined || !(IPv4.isValidFourPartDecimal(address) || IPv6.isValid(address))) return false;
  // An IPv4 client that reaches a dual socket comes as ::ffff:a.b.c.d.
  const from = ipaddr.process(address);
  return networks.some((network) => {
    const range = ipaddr.parseCIDR(network);
    return range[0].kind() === from.kind() && from.match(range);
  });
}
