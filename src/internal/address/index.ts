/**
 * Addresses: their fields, parsing and formatting. `trustedInet` is for hosts that the operating system wrote.
 *
 * @internal
 */
export {
  format,
  type HostPort,
  hostOf,
  type Inet,
  isMapped,
  isSocketAddress,
  make,
  type Resolved,
  type SocketAddress,
  type Target,
  TypeId,
  trustedInet,
  type Unix,
  unixUnnamed
} from "./address.ts"
export { AddressError } from "./addressError.ts"
export {
  isLinkLocal,
  isLocalName,
  looksLikeIp,
  parseIp,
  parseName,
  parsePath,
  splitHostPort,
  type Wrong
} from "./text.ts"
