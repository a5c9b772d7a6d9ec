/** The accept queue: clients that wait, clients that are refused, and clients that have closed. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { forkParked, queued, roundTrip, until } from "../../src/internal/conformance/kit/pairs.ts"
import type * as Listener from "../../src/Listener.ts"
import * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import { allThatIsLeft, toTheEnd, untilItFails } from "./conversation.ts"
import type { Script, Stage } from "./script.ts"

/** Waits until so many clients were refused. */
const refused = (on: Stage, listener: Listener.Listener, count: number) =>
  until(
    on,
    `${count} should be refused`,
    Effect.map(listener.stats, stats => stats.refused === count)
  )

/** Connects a client, and waits until it is in the accept queue. */
const waiting = (on: Stage, listener: Listener.Listener, count: number) =>
  Effect.tap(Network.connect(listener.address), () => queued(on, listener, count))

/** What a client does before it is accepted. */
const hasty: ReadonlyArray<readonly [what: string, does: (client: Socket.Socket) => Effect.Effect<unknown, unknown>]> =
  [
    ["closes", client => client.close],
    ["aborts", client => client.abort],
    ["sends and closes", client => Effect.zipRight(client.sendText("hello"), client.close)],
    ["sends and aborts", client => Effect.zipRight(client.sendText("hello"), client.abort)],
    ["ends its half", client => client.shutdownSend],
    ["sends and ends its half", client => Effect.zipRight(client.sendText("hello"), client.shutdownSend)]
  ]

export const accepting: ReadonlyArray<Script> = [
  ...hasty.map(
    ([what, does]): Script => ({
      title: `a client ${what} while it waits in the accept queue, and is accepted then`,
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const client = yield* waiting(on, listener, 1)
          yield* does(client)
          yield* on.tell("stats", listener.stats)
          const server = yield* on.tell("the accept", listener.accept)
          yield* on.tell("the server receives to the end", toTheEnd(server!))
          yield* on.tell("stats", listener.stats)
          yield* allThatIsLeft(on, "the server", server!)
        })
    })
  ),
  {
    title: "clients that wait are accepted in order, and accepts that wait get clients in order",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        yield* on.tell("the listener", Effect.succeed(listener))
        const clients = [yield* waiting(on, listener, 1), yield* waiting(on, listener, 2)]
        for (const [n, client] of clients.entries()) yield* client.sendText(`client ${n}`)
        for (const client of clients) {
          yield* on.tell("the client", Effect.succeed(client))
          const server = yield* on.tell("the accept", listener.accept)
          yield* on.tell("it says", server!.recvExactly(8))
        }
        const accepts = [yield* forkParked(on, listener.accept), yield* forkParked(on, listener.accept)]
        for (const accept of accepts) {
          const client = yield* on.tell("a client", Network.connect(listener.address))
          const server = yield* on.tell("the accept", Fiber.join(accept))
          yield* on.tell("there and back", roundTrip(client!, server!))
        }
        yield* on.tell("stats", listener.stats)
      })
  },
  {
    title: "a client sends before it is accepted, and the server receives it then",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const client = yield* waiting(on, listener, 1)
        yield* on.tell("the client sends", client.sendText("early"))
        const server = yield* on.tell("the accept", listener.accept)
        yield* on.tell("the server receives", server!.recvExactly(5))
        yield* on.tell("there and back", roundTrip(client, server!))
      })
  },
  ...[0, 1, 2].map(
    (acceptQueue): Script => ({
      title: `an accept queue of ${acceptQueue} is full: one more client is refused, and the others are served`,
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free, { acceptQueue })
          const served: Array<Socket.Socket> = []
          for (let n = 1; n <= acceptQueue; n++) served.push(yield* waiting(on, listener, n))
          const late = yield* Effect.either(Network.connect(listener.address))
          yield* refused(on, listener, 1)
          // The refusal can reach the connect or the first recv, so the script records only the reason.
          const told = Effect.flatMap(late, client => client.recv(1))
          yield* on.tell(
            "what the late client is told",
            Effect.mapError(told, ({ reason }) => reason)
          )
          yield* on.tell("stats", listener.stats)
          for (const client of served) yield* on.tell("there and back", roundTrip(client, yield* listener.accept))
          const accept = yield* forkParked(on, listener.accept)
          const client = yield* on.tell("a client, while somebody accepts", Network.connect(listener.address))
          yield* on.tell(
            "there and back",
            Effect.flatMap(Fiber.join(accept), server => roundTrip(client!, server))
          )
          yield* on.tell("stats", listener.stats)
        })
    })
  ),
  {
    title: "a client that has sent something is refused",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const client = yield* waiting(on, listener, 1)
        yield* client.sendText("hello")
        yield* on.tell("the listener closes", listener.close)
        yield* on.tell("the client receives", client.recv(1))
        yield* allThatIsLeft(on, "the client", client)
      })
  },
  {
    title: "a listener closes while two clients wait to be accepted",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const clients = [yield* waiting(on, listener, 1), yield* waiting(on, listener, 2)]
        yield* on.tell("the listener closes", listener.close)
        yield* on.tell("stats", listener.stats)
        for (const client of clients) {
          yield* on.tell("the client receives", client.recv(1))
          yield* allThatIsLeft(on, "the client", client)
        }
      })
  },
  {
    title: "a listener closes while two accepts wait, and every later accept fails",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        yield* on.tell("the listener", Effect.succeed(listener))
        const accepts = [yield* forkParked(on, listener.accept), yield* forkParked(on, listener.accept)]
        yield* on.tell("the close", listener.close)
        for (const accept of accepts) yield* on.tell("the accept", Fiber.join(accept))
        yield* on.tell("an accept after that", listener.accept)
        yield* on.tell("a connect after that", Network.connect(listener.address))
        yield* on.tell("stats", listener.stats)
      })
  },
  {
    title: "the scope of an accepted connection closes before the client sends anything",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const client = yield* waiting(on, listener, 1)
        yield* on.tell("accepted and let go", Effect.scoped(Effect.asVoid(listener.accept)))
        yield* on.tell("the client receives", client.recv(1))
        yield* on.tell("the client ends its half", client.shutdownSend)
        yield* on.tell("the client closes", client.close)
      })
  },
  {
    title: "the scope of an accepted connection closes with unread bytes of the client",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const client = yield* waiting(on, listener, 1)
        yield* client.sendAll(utf8("unread"))
        yield* on.tell("accepted and let go", Effect.scoped(Effect.asVoid(listener.accept)))
        yield* on.tell("the client receives", client.recv(1))
      })
  },
  {
    title: "the scope of an accepted connection sends a reply and closes, with unread bytes of the client",
    run: on =>
      Effect.gen(function* () {
        const listener = yield* Network.listen(yield* on.free)
        const client = yield* waiting(on, listener, 1)
        yield* client.sendAll(utf8("unread"))
        yield* on.tell("it replies", Effect.scoped(Effect.flatMap(listener.accept, server => server.sendText("reply"))))
        yield* on.tell("the client receives to the end", toTheEnd(client))
        yield* on.tell("the client sends until it fails", untilItFails(on, client))
      })
  }
]
