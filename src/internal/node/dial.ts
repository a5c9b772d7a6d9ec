/**
 * Connects to one address: a single attempt.
 *
 * @internal
 */
import * as net from "node:net"
import type { DuplexOptions } from "node:stream"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SocketAddress from "../../SocketAddress.ts"
import { ConnectError } from "../../SocketError.ts"
import { type Driver, hostOf } from "../connect/index.ts"
import { connectReason } from "../error/index.ts"
import { WireTransport } from "../stream/index.ts"
import { localAddressOf } from "./addresses.ts"
import { errnoOf } from "./errno.ts"
import { Inlet } from "./inlet.ts"
import { nodeMark } from "./source.ts"
import { longestTimer, NodeWire } from "./wire.ts"
import { noInterface, withZone } from "./zone.ts"

// The writable mark is so high that Node emits no drain events, because nobody listens for them.
const marks = { readableHighWaterMark: nodeMark, writableHighWaterMark: 2 ** 30 }

const connectOptions = (
  address: SocketAddress.Resolved,
  noDelay: boolean,
  { onread }: Inlet
): net.NetConnectOpts & DuplexOptions =>
  address._tag === "Unix"
    ? { path: address.path ?? "", allowHalfOpen: true, ...marks, onread }
    : {
        host: hostOf(address),
        port: address.port,
        // `connect/race.ts` races the addresses. Node's own race would give up on slow addresses.
        autoSelectFamily: false,
        allowHalfOpen: true,
        ...marks,
        noDelay,
        onread
      }

const timeIsUp = Symbol("timeIsUp")

/** A socket that is connecting, and the timer of its timeout. */
interface Attempt {
  readonly socket: net.Socket
  timer: NodeJS.Timeout | undefined
}

const awaitConnect = (attempt: Attempt, timeout: number): Effect.Effect<void, unknown> =>
  Effect.async<void, unknown>(resume => {
    if (timeout <= longestTimer) attempt.timer = setTimeout(() => resume(Effect.fail(timeIsUp)), timeout)
    attempt.socket.once("connect", () => resume(Effect.void))
    // This listener is never removed: an error event without a listener would end the process.
    attempt.socket.on("error", error => resume(Effect.fail(error)))
  })

export const dialWithin: NonNullable<Driver["dialWithin"]> = (address, options, own, timeout) =>
  Effect.uninterruptibleMask(restore =>
    Effect.flatMap(Clock.currentTimeMillis, started => {
      const fails = (cause: unknown) => failed(address, cause, started, timeout)
      if (address._tag === "Unix" && address.path === undefined) return fails({ code: "ENOENT" })
      const dialed = withZone(address)
      if (dialed === undefined) return fails(noInterface)
      const inlet = new Inlet()
      const socket = net.connect(connectOptions(dialed, options.noDelay, inlet))
      const attempt: Attempt = { socket, timer: undefined }
      return Effect.matchCauseEffect(restore(awaitConnect(attempt, timeout)), {
        onFailure: cause => {
          clearTimeout(attempt.timer)
          // Not `destroySoon`: it would wait until the socket has connected, which may never happen.
          socket.destroy()
          return Option.match(Cause.failureOption(cause), {
            onNone: () => Effect.failCause(cause as Cause.Cause<never>),
            onSome: fails
          })
        },
        onSuccess: () => {
          clearTimeout(attempt.timer)
          return own(
            new WireTransport(
              feed => new NodeWire(socket, localAddressOf(socket, dialed), dialed, feed, inlet),
              options
            )
          )
        }
      })
    })
  )

export const dial: Driver["dial"] = (address, options, own) =>
  dialWithin(address, options, own, Number.POSITIVE_INFINITY)

const failed = (
  address: SocketAddress.Resolved,
  cause: unknown,
  started: number,
  timeout: number
): Effect.Effect<never, ConnectError> =>
  Effect.flatMap(Clock.currentTimeMillis, now => {
    const elapsed = Duration.millis(now - started)
    if (cause === timeIsUp) {
      const attempts = [{ address, outcome: "TimedOut" as const, elapsed }]
      return Effect.fail(
        new ConnectError({ reason: "TimedOut", address, attempts, by: "timeout", timeout: Duration.millis(timeout) })
      )
    }
    const code = errnoOf(cause)
    const reason = connectReason(code)
    const by = reason === "TimedOut" ? ("kernel" as const) : undefined
    return Effect.fail(
      new ConnectError({ reason, address, attempts: [{ address, outcome: reason, code, elapsed }], code, by, cause })
    )
  })
