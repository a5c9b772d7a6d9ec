/** Listeners that nobody serves, until the kernel keeps no more connections for them. */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SocketAddress from "../../src/SocketAddress.ts"
import { type Maker, targetOf } from "./makers.ts"

/** One more connection: whether it was made. Where there is no more room it waits, or fails over a Unix socket. */
const oneMore = (address: SocketAddress.Resolved) =>
  Effect.flatMap(
    Effect.acquireRelease(
      Effect.sync(() => net.connect(targetOf(address)).on("error", () => {})),
      socket => Effect.sync(() => socket.destroy())
    ),
    socket =>
      Effect.async<boolean>(resume => {
        socket.once("connect", () => resume(Effect.succeed(true)))
        socket.once("error", () => resume(Effect.succeed(false)))
      })
  )

/** Connects until that does not succeed any more. There is no event to wait for, so it waits for a while. */
const fill = (address: SocketAddress.Resolved) =>
  Effect.gen(function* () {
    for (let n = 0; n < 20; n++) {
      const connected = yield* Effect.timeoutOption(oneMore(address), "500 millis")
      if (!Option.getOrElse(connected, () => false)) return
    }
    return yield* Effect.dieMessage("20 connections should be more than the kernel keeps")
  })

/** A peer that never accepts, and has no room left. */
export const full = (maker: Maker, path?: string) =>
  Effect.tap(maker.serve("neverAccepts", path), ({ address }) => fill(address))
