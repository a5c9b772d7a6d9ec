/**
 * One attempt at one address.
 *
 * @internal
 */
import * as net from "node:net"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SocketAddress from "../../SocketAddress.ts"
import { ConnectError } from "../../SocketError.ts"
import type { Driver } from "../driver.ts"
import { hostOf } from "../naming.ts"
import { connectReason } from "../reasons.ts"
import { localAddressOf } from "./addresses.ts"
import { codeOf } from "./errno.ts"
import { Inlet } from "./inlet.ts"
import { readableHighWaterMark } from "./source.ts"
import { NodeTransport } from "./transport.ts"

const connectOptions = (
  address: SocketAddress.Inet | SocketAddress.Unix,
  noDelay: boolean,
  { onread }: Inlet
): net.NetConnectOpts & { readonly readableHighWaterMark: number } =>
  address._tag === "Unix"
    ? { path: address.path ?? "", allowHalfOpen: true, readableHighWaterMark, onread }
    : {
        host: hostOf(address),
        port: address.port,
        // A literal is never looked up, and racing is ours: Node's own gives up on slow addresses.
        autoSelectFamily: false,
        allowHalfOpen: true,
        readableHighWaterMark,
        noDelay,
        onread
      }

const awaitConnect = (socket: net.Socket): Effect.Effect<void, unknown> =>
  Effect.async<void, unknown>(resume => {
    socket.once("connect", () => resume(Effect.void))
    // Stays until the end: an error that nobody listens to would end the process.
    socket.on("error", error => resume(Effect.fail(error)))
  })

export const dial: Driver["dial"] = (address, options, own) =>
  Effect.uninterruptibleMask(restore =>
    Effect.flatMap(Clock.currentTimeMillis, started => {
      if (address._tag === "Unix" && address.path === undefined) {
        return failed(address, { code: "ENOENT" }, started)
      }
      const inlet = new Inlet()
      const socket = net.connect(connectOptions(address, options.noDelay, inlet))
      return Effect.matchCauseEffect(restore(awaitConnect(socket)), {
        onFailure: cause => {
          // At once: `destroySoon` would wait for a connection that may never come.
          socket.destroy()
          return Option.match(Cause.failureOption(cause), {
            onNone: () => Effect.failCause(cause as Cause.Cause<never>),
            onSome: error => failed(address, error, started)
          })
        },
        onSuccess: () => own(new NodeTransport(socket, localAddressOf(socket, address), address, options, inlet))
      })
    })
  )

const failed = (address: SocketAddress.Inet | SocketAddress.Unix, cause: unknown, started: number) =>
  Effect.flatMap(Clock.currentTimeMillis, now => {
    const code = codeOf(cause)
    const reason = connectReason(code)
    const by = reason === "TimedOut" ? ("kernel" as const) : undefined
    const elapsed = Duration.millis(now - started)
    return Effect.fail(
      new ConnectError({ reason, address, attempts: [{ address, reason, code, elapsed }], code, by, cause })
    )
  })
