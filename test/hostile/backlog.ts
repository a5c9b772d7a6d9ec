/** Fills the backlog of listeners that never accept. */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SocketAddress from "../../src/SocketAddress.ts"
import { type Maker, targetOf } from "./makers.ts"

/** Connects. Returns true if connected. With a full backlog, TCP waits without end and a Unix socket returns false. */
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

/** Connects until the backlog is full. No event says so, so a connect that takes 500 ms counts as full. */
const fill = (address: SocketAddress.Resolved) =>
  Effect.gen(function* () {
    for (let n = 0; n < 20; n++) {
      const connected = yield* Effect.timeoutOption(oneMore(address), "500 millis")
      if (!Option.getOrElse(connected, () => false)) return
    }
    return yield* Effect.dieMessage("20 connections should fill the backlog of the kernel")
  })

/** Starts a peer that never accepts and whose backlog is full. */
export const full = (maker: Maker, path?: string) =>
  Effect.tap(maker.serve("neverAccepts", path), ({ address }) => fill(address))
