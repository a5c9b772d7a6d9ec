/**
 * Chapter: listening.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Fiber from "effect/Fiber"
import type * as Listener from "../../../Listener.ts"
import * as Network from "../../../Network.ts"
import type * as SocketAddress from "../../../SocketAddress.ts"
import {
  type Chapter,
  check,
  equal,
  fails,
  forkParked,
  queued,
  receiveAll,
  roundTrip,
  sameBytes,
  scoped,
  type TransportUnderTest,
  textOf,
  until,
  utf8
} from "../kit/index.ts"

/** A client of the listener, and what it accepted. */
const meet = (listener: Listener.Listener) =>
  Effect.all([Network.connect(listener.address), listener.accept], { concurrency: 2 })

export const listening: Chapter = {
  title: "listening",
  properties: [
    {
      title:
        "to listen twice on an address fails with AddressInUse; when the scope closes the address is free, and nobody is there",
      run: on =>
        Effect.gen(function* () {
          const free = yield* on.free
          const address = yield* scoped(
            Effect.gen(function* () {
              const listener = yield* Network.listen(free)
              const error = yield* fails(
                Network.listen(listener.address),
                "ListenError",
                "AddressInUse",
                "listen again"
              )
              equal("address" in error ? error.address : "", listener.address, "the address in the error")
              const [a, b] = yield* meet(listener)
              yield* roundTrip(a, b)
              return listener.address
            })
          )
          yield* fails(Network.connect(address), "ConnectError", on.desertedReason, "connect after the scope closed")
          yield* Network.listen(address)
        })
    },
    {
      title: "port 0 is given a real port, and each listener its own",
      needs: ["ports"],
      run: on =>
        Effect.gen(function* () {
          const listeners = [yield* Network.listen(yield* on.free), yield* Network.listen(yield* on.free)]
          const ports = listeners.map(({ address }) => (address._tag === "Inet" ? address.port : 0))
          check(
            ports.every(port => port > 0 && port < 65_536),
            `expected real ports, got ${ports}`
          )
          check(ports[0] !== ports[1], `expected two ports, got ${ports}`)
        })
    },
    {
      title: "addresses match across both ends, and stay known after the close",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const [a, b] = yield* meet(listener)
          const known = () => [a.remoteAddress, b.localAddress, a.localAddress, b.remoteAddress]
          const before = known()
          equal(before.slice(0, 2), [listener.address, listener.address], "where the listener is")
          check(Equal.equals(before[2], before[3]), `the client is at ${before[2]}, but was accepted from ${before[3]}`)
          yield* Effect.all([a.close, b.close])
          equal(known(), before, "after the close")
        })
    },
    {
      title: "a connection that nobody accepted ends with its listener",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const a = yield* Network.connect(listener.address)
          yield* queued(on, listener, 1)
          yield* a.sendAll(utf8("hello?"))
          yield* listener.close
          yield* a.awaitEnd
          equal((yield* receiveAll(a)).bytes.length, 0, "how many bytes came")
        })
    },
    {
      title: "after close, once or twice, accept fails with Closed and connecting fails; accepted connections live on",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const [a, b] = yield* meet(listener)
          yield* Effect.all([listener.close, listener.close], { concurrency: 2 })
          yield* listener.close
          const error = yield* fails(listener.accept, "AcceptError", "Closed", "accept after close")
          equal("address" in error ? error.address : "", listener.address, "the address in the error")
          yield* fails(Network.connect(listener.address), "ConnectError", on.desertedReason, "connect after close")
          yield* roundTrip(a, b)
        })
    },
    {
      title: "connections are accepted first in, first out, and so are the fibers that accept",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const hello = (client: number) =>
            Effect.tap(Network.connect(listener.address), socket => socket.sendText(`${client}`))
          for (const client of [0, 1, 2]) {
            yield* hello(client)
            yield* queued(on, listener, client + 1)
          }
          const order: Array<string> = []
          for (const _ of [0, 1, 2]) order.push(textOf(yield* (yield* listener.accept).recvExactly(1)))
          equal(order, ["0", "1", "2"], "clients that came before anyone accepted")
          const waiting = [yield* forkParked(on, listener.accept), yield* forkParked(on, listener.accept)]
          for (const client of [3, 4]) {
            yield* hello(client)
            const socket = yield* Fiber.join(waiting[client - 3]!)
            equal(textOf(yield* socket.recvExactly(1)), `${client}`, "the client of the fiber that waited longest")
          }
          const { accepted, queued: left, refused } = yield* listener.stats
          equal([accepted, left, refused], [5, 0, 0], "accepted, queued, refused")
        })
    },
    {
      title: "beyond the accept queue connections are turned away and counted, and the others are served",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free, { acceptQueue: 2 })
          const served = [yield* Network.connect(listener.address), yield* Network.connect(listener.address)]
          yield* queued(on, listener, 2)
          const late = yield* Effect.either(Network.connect(listener.address))
          yield* until(
            on,
            "one connection should be turned away",
            Effect.map(listener.stats, stats => stats.refused === 1)
          )
          if (late._tag === "Right") yield* late.right.awaitEnd
          for (const a of served) yield* roundTrip(a, yield* listener.accept)
        })
    },
    ...["once it waits to be accepted", "at once"].map(when => ({
      title: `a client that resets ${when} harms nobody, and is given like any other`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const hasty = yield* Network.connect(listener.address)
          if (when !== "at once") yield* queued(on, listener, 1)
          yield* hasty.abort
          const a = yield* Network.connect(listener.address)
          yield* a.sendAll(utf8("hello"))
          const { bytes, end } = yield* receiveAll(yield* listener.accept)
          equal(
            [bytes.length, end],
            [0, on.cannot.reset === undefined ? "Reset" : "the end"],
            "the client that had gone"
          )
          const second = yield* listener.accept
          sameBytes(yield* second.recvExactly(5), utf8("hello"), "the next client")
          yield* roundTrip(a, second)
        })
    })),
    {
      title: "one address can be bound, used, closed and bound again at once, 50 times",
      run: on =>
        Effect.gen(function* () {
          const once = (address: SocketAddress.Resolved, round: number) =>
            Effect.gen(function* () {
              const listener = yield* Network.listen(address)
              const [a, b] = yield* meet(listener)
              yield* roundTrip(a, b)
              // Who closes first is who has to remember the connection.
              yield* [a.close, b.close, listener.close, b.abort][round % 4]!
              return listener.address
            })
          const first = yield* scoped(once(yield* on.free, 0))
          for (let round = 1; round < 50; round++) {
            equal(yield* scoped(once(first, round)), first, `the address in round ${round}`)
          }
        })
    }
  ]
}
