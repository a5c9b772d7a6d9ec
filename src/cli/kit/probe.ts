/**
 * One port of a machine: whether somebody answers there, and what is said without being asked.
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Network from "../../Network.ts"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { ConnectError, ConnectReason } from "../../SocketError.ts"

/** `unknown` is not the port's doing: it could not be tried. */
export type State = "open" | "closed" | "filtered" | "unknown"

export interface Finding {
  readonly address: SocketAddress.Inet
  readonly state: State
  readonly error: ConnectError | undefined
  /** What it said without being asked, as text; undefined where nothing was. */
  readonly banner: string | undefined
  readonly millis: number
}

export interface Options extends Network.ConnectOptions {
  readonly timeout: Duration.Duration
  /** Whether to wait for what it says, for `timeout` again. */
  readonly banner: boolean
}

const states: Readonly<Partial<Record<ConnectReason, State>>> = {
  Refused: "closed",
  TimedOut: "filtered",
  HostUnreachable: "filtered",
  NetworkUnreachable: "filtered",
  // By a firewall.
  PermissionDenied: "filtered",
  // One that refuses does not take the connection first.
  Reset: "open"
}

export const stateOf = (reason: ConnectReason): State => states[reason] ?? "unknown"

/** Does not fail; the connection is closed when it has been looked at. */
export const probe = (address: SocketAddress.Inet, options: Options): Effect.Effect<Finding, never, Network.Network> =>
  Effect.flatMap(Clock.currentTimeMillis, began => {
    const found = (state: State, error: ConnectError | undefined) =>
      Effect.map(Clock.currentTimeMillis, now => ({ address, state, error, banner: undefined, millis: now - began }))
    const look = (socket: Socket.Socket): Effect.Effect<Finding | undefined> =>
      isItself(socket)
        ? Effect.as(socket.abort, undefined)
        : Effect.flatMap(found("open", undefined), finding =>
            options.banner
              ? Effect.map(bannerOf(socket, options.timeout), banner => ({ ...finding, banner }))
              : Effect.succeed(finding)
          )
    return Network.withConnection(address, look, options).pipe(
      Effect.catchAll(error => found(stateOf(error.reason), error)),
      Effect.flatMap(finding => (finding === undefined ? probe(address, options) : Effect.succeed(finding)))
    )
  })

/**
 * The port that a connection is given at our end may be the very one that it goes to, and then TCP connects it to itself:
 * nobody is there.
 */
export const isItself = ({ localAddress, remoteAddress }: Pick<Socket.Socket, "localAddress" | "remoteAddress">) =>
  Equal.equals(localAddress, remoteAddress)

const mostOfBanner = 256

/** Its first line; or what there is of it when the time is up, when it has ended, or when it is too long. */
const bannerOf = (socket: Socket.Socket, limit: Duration.Duration): Effect.Effect<string | undefined> =>
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
    return Effect.map(Effect.timeoutOption(Effect.ignore(all), limit), () => {
      const [line = ""] = (text + decoder.decode()).trim().split(/\r?\n/)
      return line === "" ? undefined : line
    })
  })
