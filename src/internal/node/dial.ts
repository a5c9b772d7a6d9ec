/**
 * Connects a Node socket to one address, in a single attempt.
 *
 * @internal
 */
import * as dgram from "node:dgram"
import * as net from "node:net"
import type { DuplexOptions } from "node:stream"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SocketAddress from "../../SocketAddress.ts"
import { ConnectError } from "../../SocketError.ts"
import { hostOf } from "../address/index.ts"
import type { DialOptions, Driver } from "../connect/index.ts"
import { connectReason } from "../error/index.ts"
import { WireTransport } from "../stream/index.ts"
import { monotonic } from "../waiting/index.ts"
import { localAddressOf } from "./addresses.ts"
import { errnoOf } from "./errno.ts"
import { Inlet } from "./inlet.ts"
import { cannotSet, canSet, setOptions } from "./socketOptions.ts"
import { nodeMark } from "./source.ts"
import { longestTimer, NodeWire } from "./wire.ts"
import { noInterface, withZone } from "./zone.ts"

// The writable high-water mark is so high that Node hardly ever emits a `drain` event, because no code listens for it.
const marks = { readableHighWaterMark: nodeMark, writableHighWaterMark: 2 ** 30 }

const connectOptions = (
  address: SocketAddress.Resolved,
  { localPort, noDelay }: DialOptions,
  local: SocketAddress.Resolved | undefined,
  { onread }: Inlet
): net.NetConnectOpts & DuplexOptions =>
  address._tag === "Unix"
    ? { path: address.path ?? "", allowHalfOpen: true, ...marks, onread }
    : {
        host: hostOf(address),
        port: address.port,
        ...(local?._tag === "Inet" ? { localAddress: hostOf(local) } : {}),
        ...(localPort === 0 ? {} : { localPort }),
        // `connect/race.ts` races the addresses of a name. Node's own race is off, because it would give up on slow
        // addresses.
        autoSelectFamily: false,
        allowHalfOpen: true,
        ...marks,
        noDelay,
        onread
      }

const timeIsUp = Symbol("timeIsUp")

/**
 * A socket that is connecting. Its listeners are added in the step that creates it. Between two steps of a fiber, other
 * events may run: an error event without a listener would end the process, and a `connect` event would be missed.
 */
class Attempt {
  /** Succeeds when the socket has connected. Fails with the error of the socket, or with `timeIsUp`. */
  readonly connected: Effect.Effect<void, unknown>
  private readonly timer: NodeJS.Timeout | undefined
  private outcome: Effect.Effect<void, unknown> | undefined
  private resume: ((outcome: Effect.Effect<void, unknown>) => void) | undefined

  constructor(socket: net.Socket, timeout: number) {
    // If the process was busy, the socket may have connected, and the `connect` event may not have run yet.
    // `setImmediate` lets that event run before the timeout counts.
    const timeIsOver = () => setImmediate(() => this.settle(Effect.fail(timeIsUp)))
    this.timer = timeout <= longestTimer ? setTimeout(timeIsOver, timeout) : undefined
    socket.once("connect", () => this.settle(Effect.void))
    // This listener is never removed: an error event without a listener would end the process.
    socket.on("error", error => this.settle(Effect.fail(error)))
    this.connected = Effect.async(resume => {
      if (this.outcome === undefined) this.resume = resume
      else resume(this.outcome)
    })
  }

  /** The attempt has ended, or the caller no longer waits for it. */
  over(): void {
    clearTimeout(this.timer)
  }

  private settle(outcome: Effect.Effect<void, unknown>): void {
    this.outcome ??= outcome
    this.resume?.(this.outcome)
  }
}

export const dialWithin: NonNullable<Driver["dialWithin"]> = (address, options, own, timeout) =>
  Effect.uninterruptibleMask(restore =>
    Effect.flatMap(monotonic, started => {
      const { localAddress } = options
      const fails = (cause: unknown) => failed(address, cause, started, timeout, localAddress !== undefined)
      if (address._tag === "Unix" && address.path === undefined) return fails({ code: "ENOENT" })
      const dialed = withZone(address)
      const local = localAddress && withZone(localAddress)
      if (dialed === undefined || (localAddress !== undefined && local === undefined)) return fails(noInterface)
      if (address._tag === "Inet" && !canSet(options)) return fails(cannotSet)
      const inlet = new Inlet()
      const socket = net.connect(connectOptions(dialed, options, local, inlet))
      const attempt = new Attempt(socket, timeout)
      return Effect.matchCauseEffect(restore(attempt.connected), {
        onFailure: cause => {
          attempt.over()
          // Not `destroySoon`: it would wait until the socket has connected, which may never happen.
          socket.destroy()
          return Option.match(Cause.failureOption(cause), {
            onNone: () => Effect.failCause(cause as Cause.Cause<never>),
            onSome: fails
          })
        },
        onSuccess: () => {
          attempt.over()
          if (isConnectedToItself(socket, address)) {
            // A reset frees the local port at once. After an end, the connection would keep the port for a minute
            // (TIME-WAIT).
            socket.resetAndDestroy()
            return fails({ code: "ECONNREFUSED" })
          }
          try {
            if (address._tag === "Inet") setOptions(socket, options)
          } catch (cause) {
            socket.destroy()
            return fails(cause)
          }
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

/**
 * True if the socket is connected to itself. The system may choose the port of the target as the local port. If no
 * process listens there, TCP then connects the socket to itself.
 */
const isConnectedToItself = (socket: net.Socket, address: SocketAddress.Resolved): boolean =>
  address._tag === "Inet" && socket.localPort === address.port && socket.localAddress === socket.remoteAddress

/**
 * Returns true if this machine has no local address from which it could connect to `address`. To find out, connects a
 * datagram socket to `address`: the system must then choose a local address, and sends nothing.
 */
const hasNoSource = (address: SocketAddress.Resolved): Effect.Effect<boolean> =>
  address._tag === "Unix"
    ? Effect.succeed(false)
    : Effect.async(resume => {
        const socket = dgram.createSocket(address.family === "IPv4" ? "udp4" : "udp6")
        const done = (error?: unknown) => {
          // Node reports a failed bind as an error event, and a failed connect to the callback.
          socket.off("error", done)
          socket.close()
          resume(Effect.succeed(errnoOf(error) === "EADDRNOTAVAIL"))
        }
        socket.on("error", done)
        // A datagram socket cannot connect to port 0. The port does not matter here.
        socket.connect(address.port || 1, hostOf(address), done)
      })

/**
 * True if the local address caused the failure. It is not of this machine, so that it cannot be bound. Or the system
 * cannot reach the target from it: `EINVAL`, for example from a loopback address to another machine.
 */
const isAboutLocal = (cause: unknown, code: string | undefined): boolean =>
  code === "EINVAL" || (code === "EADDRNOTAVAIL" && (cause as NodeJS.ErrnoException).syscall === "bind")

const failed = (
  address: SocketAddress.Resolved,
  cause: unknown,
  started: number,
  timeout: number,
  hasLocalAddress: boolean
): Effect.Effect<never, ConnectError> =>
  Effect.gen(function* () {
    const code = errnoOf(cause)
    const reason =
      hasLocalAddress && isAboutLocal(cause, code)
        ? "AddressNotAvailable"
        : connectReason(code, code === "EADDRNOTAVAIL" && (yield* hasNoSource(address)))
    const now = yield* monotonic
    const elapsed = Duration.millis(now - started)
    if (cause === timeIsUp) {
      const attempts = [{ address, outcome: "TimedOut" as const, elapsed }]
      return yield* new ConnectError({
        reason: "TimedOut",
        address,
        attempts,
        by: "timeout",
        timeout: Duration.millis(timeout)
      })
    }
    const by = reason === "TimedOut" ? ("kernel" as const) : undefined
    const attempts = [{ address, outcome: reason, code, elapsed }]
    return yield* new ConnectError({ reason, address, attempts, code, by, cause })
  })
