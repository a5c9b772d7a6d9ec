/**
 * placeholder, being written
 */
import type * as Equal from "effect/Equal"
import type * as Inspectable from "effect/Inspectable"
import type * as Pipeable from "effect/Pipeable"

interface Proto extends Equal.Equal, Inspectable.Inspectable, Pipeable.Pipeable {}
export interface Inet extends Proto {
  readonly _tag: "Inet"
  readonly family: "IPv4" | "IPv6"
  readonly host: string
  readonly port: number
  readonly zone: string | undefined
}
export interface HostPort extends Proto {
  readonly _tag: "HostPort"
  readonly host: string
  readonly port: number
}
export interface Unix extends Proto {
  readonly _tag: "Unix"
  readonly path: string | undefined
}
export type SocketAddress = Inet | HostPort | Unix
