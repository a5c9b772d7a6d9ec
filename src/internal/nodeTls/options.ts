/**
 * Checks the options of a client and of a server.
 *
 * @internal
 */
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

export interface ClientSettings extends SideSettings {
  readonly own: NodeContext
  readonly name: string
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

const isName = (name: unknown): name is string =>
  typeof name === "string" && name !== "" && name.length <= 253 && !/[\s\0]/.test(name)

/** Checks the options of a client. `standard` returns the context to use if the options have none. */
export const clientOf = (options: ClientOptions, standard: () => NodeContext): ClientSettings => {
  const { alpn, context, name, pins, verify } = options
  if (!isName(name)) throw new TlsConfigError({ reason: "BadName", value: name })
  for (const pin of pins ?? []) if (!isPin(pin)) throw new TlsConfigError({ reason: "BadPin", value: pin })
  const own = context === undefined ? standard() : contextOf(context)
  return {
    ...sideOf(options),
    own,
    name,
    alpn: checkAlpn(alpn) ?? own.alpn,
    pins,
    isInsecure: oneOf("verify", verify, ["full", "insecure"]) === "insecure"
  }
}

/** Checks the options of a server. `standard` returns the context to use if the options have none. */
export const serverOf = (options: ServerOptions, standard: () => NodeContext): ServerSettings => {
  const own = options.context === undefined ? standard() : contextOf(options.context)
  if (!own.hasIdentity) throw new TlsConfigError({ reason: "MissingCertificate" })
  return {
    ...sideOf(options),
    own,
    clientCertificate: oneOf("clientCertificate", options.clientCertificate, ["none", "request", "require"]) ?? "none",
    sni: callback("sni", options.sni)
  }
}
