/**
 * Conformance properties about listeners: their addresses, the queue of connections, and how they close.
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

/** Connects a client to the listener. Returns the sockets of both ends. */
const meet = (listener: Listener.Listener) =>
  Effect.all([Network.connect(listener.address), listener.accept], { concurrency: 2 })

export const listening: Chapter = {
  title: "listening",
  properties: [
    {
      title:
        "a second listen on an address fails with AddressInUse; after the scope closes, connect fails and the address is free",
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
      title: "listen on port 0 assigns a free port, a different one to each listener",
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
      title: "the addresses of both ends match, and stay known after close",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const [a, b] = yield* meet(listener)
          const known = () => [a.remoteAddress, b.localAddress, a.localAddress, b.remoteAddress]
          const before = known()
          equal(before.slice(0, 2), [listener.address, listener.address], "the listener's address at both ends")
          check(Equal.equals(before[2], before[3]), `the client is at ${before[2]}, but was accepted from ${before[3]}`)
          yield* Effect.all([a.close, b.close])
          equal(known(), before, "the addresses after close")
        })
    },
    {
      title: "when a listener closes, a connection that was not accepted ends",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const a = yield* Network.connect(listener.address)
          yield* queued(on, listener, 1)
          yield* a.sendAll(utf8("hello?"))
          yield* listener.close
          yield* a.awaitEnd
          equal((yield* receiveAll(a)).bytes.length, 0, "number of bytes received")
        })
    },
    {
      title:
        "after the listener closes, once or more, accept fails with Closed, connect fails, and accepted connections stay open",
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
      title: "connections are accepted first in, first out, and waiting accepts are served first in, first out",
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
          equal(order, ["0", "1", "2"], "clients that connected before the first accept")
          const waiting = [yield* forkParked(on, listener.accept), yield* forkParked(on, listener.accept)]
          for (const client of [3, 4]) {
            yield* hello(client)
            const socket = yield* Fiber.join(waiting[client - 3]!)
            equal(textOf(yield* socket.recvExactly(1)), `${client}`, "the client of the fiber that has waited longest")
          }
          const { accepted, queued: left, refused } = yield* listener.stats
          equal([accepted, left, refused], [5, 0, 0], "accepted, queued, refused")
        })
    },
    {
      title: "connections beyond acceptQueue are refused and counted, and the others are served",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free, { acceptQueue: 2 })
          const served = [yield* Network.connect(listener.address), yield* Network.connect(listener.address)]
          yield* queued(on, listener, 2)
          const late = yield* Effect.either(Network.connect(listener.address))
          yield* until(
            on,
            "one connection should be refused",
            Effect.map(listener.stats, stats => stats.refused === 1)
          )
          if (late._tag === "Right") yield* late.right.awaitEnd
          for (const a of served) yield* roundTrip(a, yield* listener.accept)
        })
    },
    ...["while it waits to be accepted", "right after it connects"].map(when => ({
      title: `a client that resets ${when} is accepted like any other, and does not affect the next client`,
      needs: when === "right after it connects" ? (["acceptReset"] as const) : [],
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const hasty = yield* Network.connect(listener.address)
          if (when === "while it waits to be accepted") yield* queued(on, listener, 1)
          yield* hasty.abort
          const a = yield* Network.connect(listener.address)
          yield* a.sendAll(utf8("hello"))
          const { bytes, end } = yield* receiveAll(yield* listener.accept)
          equal(bytes.length, 0, "bytes from the client that reset")
          if (on.cannot.reset === undefined) equal(end, "Reset", "how the stream of the client that reset ended")
          const second = yield* listener.accept
          sameBytes(yield* second.recvExactly(5), utf8("hello"), "the next client")
          yield* roundTrip(a, second)
        })
    })),
    {
      title: "an address can be bound, used, closed and bound again at once, 50 times",
      run: on =>
        Effect.gen(function* () {
          const once = (address: SocketAddress.Resolved, round: number) =>
            Effect.gen(function* () {
              const listener = yield* Network.listen(address)
              const [a, b] = yield* meet(listener)
              yield* roundTrip(a, b)
              // With TCP, the end that closes first stays in the state TIME_WAIT, which can keep the address in use. So
              // the rounds close the ends in different orders.
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
