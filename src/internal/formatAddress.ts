/**
 * How an address is written. Public as `SocketAddress.format`; it stands here because errors write addresses too.
 *
 * @internal
 */
import type * as SocketAddress from "../SocketAddress.ts"

const withPort = (host: string, port: number): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)

/** `127.0.0.1:808`, `[fe80::1%eth0]:808`, `localhost:808`, `unix:/run/x.sock`, `unix:` for an unnamed one. */
export const format = (address: SocketAddress.SocketAddress): string => {
  switch (address._tag) {
    case "Inet":
      return withPort(address.zone === undefined ? address.host : `${address.host}%${address.zone}`, address.port)
    case "HostPort":
      return withPort(address.host, address.port)
    case "Unix":
      return `unix:${address.path ?? ""}`
  }
}
