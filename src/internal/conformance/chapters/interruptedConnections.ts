/**
 * Chapter: connections whose making is interrupted.
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

/** Accepts and closes whatever comes, for ever. */
const drain = (listener: Listener.Listener) => Effect.forkScoped(Effect.forever(Effect.scoped(listener.accept)))

/** Waits until the process holds no more than before. */
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
  title: "interrupted connections",
  properties: [
    {
      title: "1,000 connects interrupted at random moments leave nothing behind, though their scope lives on",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          yield* drain(listener)
          const before = yield* on.open
          // A listener accepts slower than one can connect and interrupt: where that is an error, it passes.
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
          yield* settled(on, before, "what 1,000 connects left")
          check(whole > 10 && interrupted > 10, `${whole} connected and ${interrupted} were interrupted`)
        })
    },
    {
      title: "a connect interrupted at each of its steps leaves nothing behind, and the next one works",
      run: on =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          yield* drain(listener)
          const before = yield* on.open
          yield* interruptEverywhere(on, Effect.scoped(Network.connect(listener.address)), Effect.void, exit =>
            Effect.sync(() => isInterrupted(exit) || succeeded(exit, "connect"))
          )
          yield* settled(on, before, "what interrupted connects left")
          yield* Effect.scoped(Network.connect(listener.address))
        })
    },
    {
      title: "a listen interrupted at each of its steps leaves nothing behind, and the next one works",
      run: on =>
        Effect.gen(function* () {
          const free = yield* on.free
          const before = yield* on.open
          yield* interruptEverywhere(on, Effect.scoped(Network.listen(free)), Effect.void, exit =>
            Effect.sync(() => isInterrupted(exit) || succeeded(exit, "listen"))
          )
          yield* settled(on, before, "what interrupted listens left")
          yield* Network.listen(free)
        })
    },
    {
      title: "accept, interrupted while it waits, leaves the connection to the next who asks",
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
      title: `accept, interrupted at each of its steps, takes the connection into its scope or leaves it to the next (it comes ${when} accept waits)`,
      run: (on: TransportUnderTest) =>
        Effect.gen(function* () {
          const listener = yield* Network.listen(yield* on.free)
          let client: Socket.Socket | undefined
          let accepted = 0
          const connect = Effect.gen(function* () {
            accepted = (yield* listener.stats).accepted
            // A scope that takes it and is interrupted resets it, which may be seen by the connect already.
            client = Option.getOrUndefined(yield* Effect.option(Network.connect(listener.address)))
            yield* until(
              on,
              "the connection should be accepted or wait for it",
              Effect.map(listener.stats, stats => stats.queued === 1 || stats.accepted > accepted)
            )
          })
          const look = Effect.gen(function* () {
            const wasTaken = (yield* listener.stats).accepted > accepted
            if (client === undefined) return wasTaken
            if (wasTaken) yield* client.awaitEnd
            else yield* roundTrip(client, yield* listener.accept)
            yield* client.close
            return wasTaken
          })
          let [taken, left] = [0, 0]
          if (when === "before") yield* connect
          yield* interruptEverywhere(
            on,
            Effect.scoped(listener.accept),
            when === "while" ? connect : Effect.void,
            exit =>
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
            `it should be taken or left in turn, but was taken ${taken} and left ${left} times`
          )
          equal((yield* listener.stats).queued, 0, "connections that wait")
        })
    })),
    {
      title: "of 100 connections none is lost to accepts that are interrupted at random moments",
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
          const serve = Effect.gen(function* () {
            const own = yield* Scope.fork(scope, yield* Effect.succeed({ _tag: "Sequential" } as const))
            const exit = yield* interruptSometime(
              on,
              random,
              Effect.map(Scope.extend(listener.accept, own), socket => {
                served += 1
                return socket
              })
            )
            if (Exit.isSuccess(exit)) yield* exit.value.sendText("served")
            yield* Scope.close(own, exit)
          })
          while ((yield* listener.stats).accepted < 100) yield* serve
          const replies = yield* Effect.forEach(clients, client => Fiber.join(client))
          const answered = replies.filter(({ bytes }) => bytes.length === 6).length
          equal(replies.length, 100, "clients that got an end")
          equal(answered, served, "clients that were answered")
          check(answered > 10, `expected more than ${answered} connections to be accepted`)
        })
    }
  ]
}
