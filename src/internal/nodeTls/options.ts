/**
 * Checks the options of a client and of a server.
 *
 * @internal
 */
import * as net from "node:net"
import * as url from "node:url"
import type * as Duration from "effect/Duration"
import { callback, duration, oneOf } from "../option/index.ts"
import { type ConnectionSettings, settingsOf } from "../stream/index.ts"
import {
  type ClientCertificate,
  type ClientOptions,
  type ServerOptions,
  type SideOptions,
  TlsConfigError
} from "../tls/index.ts"
import { checkAlpn, contextOf, type NodeContext } from "./context.ts"

/** The checked options that clients and servers have in common. */
export interface SideSettings extends Pick<SideOptions, "closeNotify" | "onFailure" | "onKeyLog"> {
  readonly timeout: Duration.Duration
  readonly stream: ConnectionSettings
}

/** The name of a server. */
export interface ServerName {
  /** The name as it was given. */
  readonly name: string
  /**
   * The name to send (SNI) and to look for in the certificate: without the dot at its end, and in ASCII (RFC 6066). Of
   * an address, without its zone.
   */
  readonly checked: string
  readonly isAddress: boolean
}

export interface ClientSettings extends SideSettings {
  readonly own: NodeContext
  readonly serverName: ServerName
  readonly alpn: ReadonlyArray<string> | undefined
  readonly pins: ReadonlyArray<string> | undefined
  readonly isInsecure: boolean
}

export interface ServerSettings extends SideSettings {
  readonly own: NodeContext
  readonly clientCertificate: ClientCertificate
  readonly sni: ServerOptions["sni"]
}

const sideOf = (options: SideOptions): SideSettings => ({
  timeout: duration("handshakeTimeout", options.handshakeTimeout, "10 seconds"),
  closeNotify: oneOf("closeNotify", options.closeNotify, ["required", "optional"]),
  onFailure: oneOf("onFailure", options.onFailure, ["close", "reset"]),
  onKeyLog: callback("onKeyLog", options.onKeyLog),
  stream: settingsOf(options)
})

const isPin = (pin: unknown): boolean => typeof pin === "string" && /^[A-Za-z0-9+/]{43}=$/.test(pin)

const nameOf = (name: unknown): ServerName => {
  if (typeof name === "string" && net.isIP(name) !== 0) {
    return { name, checked: name.replace(/%.*/, ""), isAddress: true }
  }
  const text = typeof name === "string" && name.length <= 254 ? name.replace(/\.$/, "") : ""
  // `domainToASCII` would also change some names of ASCII characters, such as 1.2.3 to 1.2.0.3.
  const checked = /[^\0-\x7f]/.test(text) ? url.domainToASCII(text) : text
  // OpenSSL takes a name that begins with a dot as the name of every host below it.
  if (checked === "" || checked.startsWith(".") || checked.length > 253 || /[\s\0]/.test(checked)) {
    throw new TlsConfigError({ reason: "BadName", value: name })
  }
  return { name: name as string, checked, isAddress: false }
}

/** Checks the options of a client. `standard` returns the context to use if the options have none. */
export const clientOf = (options: ClientOptions, standard: () => NodeContext): ClientSettings => {
  const { alpn, context, name, pins, verify } = options
  const serverName = nameOf(name)
  for (const pin of pins ?? []) if (!isPin(pin)) throw new TlsConfigError({ reason: "BadPin", value: pin })
  const own = context === undefined ? standard() : contextOf(context)
  return {
    ...sideOf(options),
    own,
    serverName,
    alpn: checkAlpn(alpn) ?? own.alpn,
    pins,
    isInsecure: oneOf("verify", verify, ["full", "insecure"]) === "insecure"
  }
}

/** Checks the options of a server. `standard` returns the context to use if the options have none. */
export const serverOf = (options: ServerOptions, standard: () => NodeContext): ServerSettings => {
  const own = options.context === undefined ? standard() : contextOf(options.context)
  if (!own.hasIdentity) throw new TlsConfigError({ reason: "MissingCertificate" })
  const clientCertificate =
    oneOf("clientCertificate", options.clientCertificate, ["none", "request", "require"]) ?? "none"
  if (clientCertificate !== "none" && !own.hasAuthorities) throw new TlsConfigError({ reason: "MissingAuthority" })
  return { ...sideOf(options), own, clientCertificate, sni: callback("sni", options.sni) }
}
