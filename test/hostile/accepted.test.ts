/** The library accepts hostile clients. */
import type * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { concat, utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { within } from "../../src/internal/conformance/kit/expect.ts"
import { leavingNothing } from "../../src/internal/conformance/kit/leaks.ts"
import { queued, receiveAll, until } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import type * as SocketAddress from "../../src/SocketAddress.ts"
import { tcp, unix } from "../conformance/transports.ts"
import { collect } from "./collect.ts"
import { here, targetOf } from "./makers.ts"
import { accepts } from "./meeting.ts"
import { meetings } from "./meetings.ts"
import { greeting, names, visit } from "./peers.ts"

meetings(accepts)

const MiB = 1024 * 1024

/** Connects `count` clients that flood. Returns a list that gets an entry for each client that was refused. */
const crowd = (count: number, target: SocketAddress.Resolved) =>
  Effect.gen(function* () {
    const gone: Array<unknown> = []
    const come = (): net.Socket => {
      const socket = visit("floods", targetOf(target))
      return socket.once("error", error => gone.push(error)).once("end", () => gone.push("the end"))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => Array.from({ length: count }, come)),
      sockets => Effect.sync(() => sockets.forEach(socket => void socket.destroy()))
    )
    return gone
  })

for (const on of [tcp, unix]) {
  const test = (title: string, effect: Effect.Effect<void, unknown, Network.Network>) =>
    it.live(title, () => leavingNothing(on, Effect.provide(effect, on.layer)))

  describe(`an accept queue that is never served, over ${on.name}`, () => {
    test(
      "50 clients flood: 8 wait in the queue, the others are refused, and memory grows by less than 8 MiB",
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free, { acceptQueue: 8 })
        collect()
        const before = yield* on.memory
        const gone = yield* crowd(50, listener.address)
        yield* until(
          on,
          "42 clients should be refused",
          Effect.sync(() => gone.length === 42)
        )
        assert.deepStrictEqual(yield* listener.stats, { queued: 8, accepted: 0, refused: 42, starved: 0 })
        collect()
        assert.isBelow((yield* on.memory) - before, 8 * MiB)
        yield* listener.close
        yield* until(
          on,
          "the other clients should be refused when the listener closes",
          Effect.sync(() => gone.length === 50)
        )
      }).pipe(Effect.scoped)
    )

    test(
      "hostile clients of every kind wait in the queue: they are accepted late, and the next client is served",
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const come = names.filter(name => here.makes(name))
        for (const name of come) {
          yield* here.visit(name, listener.address)
        }
        yield* queued(on, listener, come.length)
        yield* here.visit("greets", listener.address)
        for (const name of come) {
          const meeting = Effect.flatMap(listener.accept, socket => Effect.either(socket.recv(10)))
          // The result does not matter here, only that the next client is served.
          const quick = Effect.timeoutOption(meeting, "30 millis")
          yield* within(Effect.scoped(quick), "20 seconds", name)
        }
        const last = yield* Effect.flatMap(listener.accept, receiveAll)
        assert.deepStrictEqual(last, { bytes: utf8(greeting), end: "the end" })
      }).pipe(Effect.scoped)
    )
  })

  describe(`a server over ${on.name}`, () => {
    test(
      "answers well-behaved clients while hostile clients of every kind come and go",
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free, { closeTimeout: "50 millis" })
        const serve = Effect.scoped(
          Effect.flatMap(listener.accept, socket =>
            Effect.flatMap(Effect.timeoutOption(socket.recv(1000), "5 seconds"), request =>
              Option.isSome(Option.flatten(request)) ? socket.sendText("answer") : Effect.void
            )
          )
        )
        yield* Effect.forkScoped(Effect.forever(Effect.ignore(serve))).pipe(Effect.replicateEffect(64))
        for (let round = 0; round < 3; round++) {
          for (const name of names.filter(name => here.makes(name))) {
            yield* here.visit(name, listener.address)
            const polite = Network.withConnection(listener.address, socket =>
              Effect.zipRight(socket.sendText("question"), receiveAll(socket))
            )
            const { bytes } = yield* within(polite, "30 seconds", `the client after ${name}`)
            assert.deepStrictEqual(bytes, concat([utf8("answer")]), `after ${name}`)
          }
        }
      }).pipe(Effect.scoped)
    )
  })
}
