/**
 * Conformance properties about interrupted connects, listens and accepts: nothing stays open, and no connection is
 * lost.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Listener from "../../../Listener.ts"
import * as Network from "../../../Network.ts"
import type * as Socket from "../../../Socket.ts"
import {
  type Chapter,
  check,
  equal,
  forkParked,
  interruptEverywhere,
  interruptSometime,
  isInterrupted,
  queued,
  Random,
  receiveAll,
  roundTrip,
  soon,
  succeeded,
  type TransportUnderTest,
  until
} from "../kit/index.ts"

/** In the background, accepts every connection and closes it at once. Stops when the current scope closes. */
const drain = (listener: Listener.Listener) => Effect.forkScoped(Effect.forever(Effect.scoped(listener.accept)))

/** Waits until the number of open resources is not higher than it was `before`. */
const settled = (on: TransportUnderTest, before: Readonly<Record<string, number>>, what: string) =>
  Effect.gen(function* () {
    let now = before
    yield* until(
      on,
      what,
      Effect.map(on.open, open => {
        now = open
        return Object.keys(open).every(kind => open[kind]! <= (before[kind] ?? 0))
      })
    ).pipe(
      Effect.catchAllDefect(() =>
        Effect.dieMessage(`${what}: expected ${JSON.stringify(before)}, got ${JSON.stringify(now)}`)
      )
    )
  })

export const interruptedConnections: Chapter = {
  title: "interrupted connects, listens and accepts",
  properties: [
    {
      title: "1,000 connects interrupted at random moments leave nothing open, even while their scope lives on",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          yield* drain(listener)
          const before = yield* on.open
          // This loop connects faster than the listener accepts. So a connect to a Unix socket can fail with
          // BacklogFull. Then it is tried again.
          const connect = Effect.retry(
            Effect.tapError(Network.connect(listener.address), () => on.turn),
            { while: error => error._tag === "ConnectError" && error.reason === "BacklogFull" }
          )
          const random = new Random(33)
          let [whole, interrupted] = [0, 0]
          yield* Effect.forEach(
            Array.from({ length: 1000 }, (_, n) => n),
            n =>
              Effect.gen(function* () {
                const exit = yield* interruptSometime(
                  on,
                  random,
                  Effect.tap(connect, socket => socket.close)
                )
                if (isInterrupted(exit)) interrupted += 1
                else {
                  succeeded(exit, `connect ${n}`)
                  whole += 1
                }
              }),
            { concurrency: 20, discard: true }
          )
          yield* settled(on, before, "open after 1,000 connects")
          check(
            whole > 10 && interrupted > 10,
            `expected more than 10 connects to succeed and more than 10 to be interrupted, got ${whole} and ${interrupted}`
          )
        })
    },
    {
      title: "a connect interrupted at any step leaves nothing open, and the next one works",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          yield* drain(listener)
          const before = yield* on.open
          yield* interruptEverywhere(on, Effect.scoped(Network.connect(listener.address)), Effect.void, exit =>
            Effect.sync(() => isInterrupted(exit) || succeeded(exit, "connect"))
          )
          yield* settled(on, before, "open after interrupted connects")
          yield* Effect.scoped(Network.connect(listener.address))
        })
    },
    {
      title: "a listen interrupted at any step leaves nothing open, and the next one works",
      run: on =>
        Effect.gen(function* () {
          const free = yield* on.free
          const before = yield* on.open
          yield* interruptEverywhere(on, Effect.scoped(Network.listen(free)), Effect.void, exit =>
            Effect.sync(() => isInterrupted(exit) || succeeded(exit, "listen"))
          )
          yield* settled(on, before, "open after interrupted listens")
          yield* Network.listen(free)
        })
    },
    {
      title: "an accept that is interrupted while it waits leaves the connection to the next accept",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const interrupted = yield* forkParked(on, listener.accept)
          const waiting = yield* forkParked(on, listener.accept)
          yield* Fiber.interrupt(interrupted)
          const a = yield* Network.connect(listener.address)
          yield* roundTrip(a, yield* soon(Fiber.join(waiting), "the accept that still waits"))
          yield* Fiber.interrupt(yield* forkParked(on, listener.accept))
          const c = yield* Network.connect(listener.address)
          yield* queued(on, listener, 1)
          yield* roundTrip(c, yield* listener.accept)
        })
    },
    ...["before", "while"].map(when => ({
      title: `an accept interrupted at any step returns the connection or leaves it to the next accept (the client connects ${when} accept waits)`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          let client: Socket.Socket | undefined
          let accepted = 0
          let returned = 0
          const accept = Effect.flatMap(listener.accept, () => {
            returned += 1
            return Effect.void
          })
          const connect = Effect.gen(function* () {
            accepted = (yield* listener.stats).accepted
            returned = 0
            // If the interrupted accept has taken the connection, its scope resets the connection. Then this connect
            // may fail.
            client = Option.getOrUndefined(yield* Effect.option(Network.connect(listener.address)))
            yield* until(
              on,
              "the connection should be accepted or wait to be accepted",
              Effect.map(listener.stats, stats => stats.queued === 1 || stats.accepted > accepted)
            )
          })
          const look = Effect.gen(function* () {
            const wasTaken = (yield* listener.stats).accepted > accepted
            equal(returned, wasTaken ? 1 : 0, "connections that the interrupted accept returned")
            if (client === undefined) return wasTaken
            if (wasTaken) yield* client.awaitEnd
            else yield* roundTrip(client, yield* listener.accept)
            yield* client.close
            return wasTaken
          })
          let [taken, left] = [0, 0]
          if (when === "before") yield* connect
          yield* interruptEverywhere(on, Effect.scoped(accept), when === "while" ? connect : Effect.void, exit =>
            Effect.gen(function* () {
              if (!isInterrupted(exit)) succeeded(exit, "accept")
              if (yield* look) taken += 1
              else left += 1
              if (when === "before") yield* connect
            })
          )
          if (when === "before") yield* look
          check(
            taken > 0 && left > 0,
            `expected accept to take some connections and to leave some, but it took ${taken} and left ${left}`
          )
          equal((yield* listener.stats).queued, 0, "connections that wait to be accepted")
        })
    })),
    {
      title: "accepts interrupted at random moments lose none of 100 connections",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          const random = new Random(34)
          const scope = yield* Effect.scope
          const connect = Effect.zipRight(
            Effect.repeatN(on.turn, random.int(0, 5)),
            Effect.flatMap(Network.connect(listener.address), receiveAll)
          )
          const clients = yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.fork(connect))
          let served = 0
          const accept = Effect.flatMap(listener.accept, socket => {
            served += 1
            return Effect.succeed(socket)
          })
          const serve = Effect.gen(function* () {
            const own = yield* Scope.fork(scope, yield* Effect.succeed({ _tag: "Sequential" } as const))
            const one = Effect.gen(function* () {
              const exit = yield* interruptSometime(on, random, Scope.extend(accept, own))
              if (Exit.isSuccess(exit)) yield* exit.value.sendText("served")
              yield* exit
            })
            yield* Effect.onExit(one, exit => Scope.close(own, exit)).pipe(Effect.exit)
          })
          // Two fibers accept at the same time. If the accept of one fiber is interrupted and leaves a connection, the
          // other fiber must get that connection.
          const acceptor = Effect.repeat(serve, { while: () => served < 100 })
          const [one, other] = yield* Effect.all([Effect.fork(acceptor), Effect.fork(acceptor)])
          yield* soon(Effect.raceFirst(Fiber.await(one), Fiber.await(other)), "100 accepted connections")
          yield* Fiber.interruptAll([one, other])
          equal((yield* listener.stats).accepted, served, "connections that accept returned")
          const replies = yield* Effect.forEach(clients, client => Fiber.join(client))
          const answered = replies.filter(({ bytes }) => bytes.length === 6).length
          equal(replies.length, 100, "clients whose connection ended")
          check(answered > 10 && answered <= served, `expected 11 to ${served} clients to be answered, got ${answered}`)
        })
    }
  ]
}
