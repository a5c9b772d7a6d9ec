/**
 * Tries one port of a machine: connects to the port, and can receive the first line that is not blank.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { ConnectError, ConnectReason } from "../../SocketError.ts"
import { monotonic, sleep } from "./timeout.ts"

/** The state of a port. `unknown` means that the port could not be tried. */
export type State = "open" | "closed" | "filtered" | "unknown"

/** The result of one port. */
export interface Finding {
  readonly address: SocketAddress.Inet
  readonly state: State
  readonly error: ConnectError | undefined
  /**
   * The first line that the port sent by itself and that is not blank. Undefined if there was none, or if `banner` was
   * not set.
   */
  readonly banner: string | undefined
  /** How long the connect took, in milliseconds. */
  readonly millis: number
}

export interface Options extends Network.ConnectOptions {
  readonly timeout: Duration.Duration
  /** True to wait for the banner, which is the first line that the port sends. This wait has its own `timeout`. */
  readonly banner: boolean
}

const states: Readonly<Partial<Record<ConnectReason, State>>> = {
  Refused: "closed",
  TimedOut: "filtered",
  HostUnreachable: "filtered",
  NetworkUnreachable: "filtered",
  // A firewall rule of this machine forbids the connection.
  PermissionDenied: "filtered",
  // The port accepted the connection and then reset it. A closed port refuses instead.
  Reset: "open"
}

const stateOf = (reason: ConnectReason): State => states[reason] ?? "unknown"

/**
 * Connects to the port, receives its banner if `banner` is set, and closes the connection. Never fails: if the connect
 * fails, the finding contains the error.
 */
export const probe = (address: SocketAddress.Inet, options: Options): Effect.Effect<Finding, never, Network.Network> =>
  Effect.flatMap(monotonic, began => {
    const found = (state: State, error: ConnectError | undefined) =>
      Effect.map(monotonic, now => ({ address, state, error, banner: undefined, millis: now - began }))
    const look = (socket: Socket.Socket): Effect.Effect<Finding> =>
      Effect.flatMap(found("open", undefined), finding =>
        options.banner
          ? Effect.map(bannerOf(socket, options.timeout), banner => ({ ...finding, banner }))
          : Effect.succeed(finding)
      )
    return Effect.catchAll(Network.withConnection(address, look, options), error => found(stateOf(error.reason), error))
  })

/** The most bytes to receive for a banner. */
const mostOfBanner = 256

/**
 * Receives the first line that the port sends and that is not blank. If `timeout` passes, the connection ends, or the
 * line is too long, returns the part of the line that has arrived.
 */
const bannerOf = (socket: Socket.Socket, timeout: Duration.Duration): Effect.Effect<string | undefined> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let text = ""
    let left = mostOfBanner
    const more = Effect.map(socket.recv(left), received => {
      if (Option.isNone(received)) return true
      left -= received.value.length
      text += decoder.decode(received.value, { stream: true })
      return left === 0 || text.trimStart().includes("\n")
    })
    const all = Effect.repeat(
      Effect.suspend(() => more),
      { until: isAll => isAll }
    )
    return Effect.map(Effect.raceFirst(Effect.ignore(all), sleep(timeout)), () => {
      const [line = ""] = (text + decoder.decode()).trim().split(/\r?\n/)
      return line === "" ? undefined : line
    })
  })
