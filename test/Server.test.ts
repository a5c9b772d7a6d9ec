/** Each way in which a handler can end. It ends its own connection and no other. */
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Network from "../src/Network.ts"
import * as Server from "../src/Server.ts"
import type * as Socket from "../src/Socket.ts"
import { onEach } from "./networks.ts"
import { logged, seenBy, watched } from "./server/watched.ts"

class Refusal extends Data.TaggedError("Refusal")<{ readonly what: string }> {}

class Name extends Context.Tag("Name")<Name, string>() {}

interface End {
  readonly title: string
  readonly handler: Server.Handler<unknown, Scope.Scope>
  /** What the peer does before it receives. */
  readonly peer?: (socket: Socket.Socket) => Effect.Effect<unknown, unknown>
  readonly seen: ReadonlyArray<string>
  readonly reason: Server.Reason
  readonly logs: string | undefined
}

const never = Effect.async<never>(() => {})

/** Sends "hello" after a byte from the peer, which shows that the peer is connected. */
const hello =
  <E, R>(then: Effect.Effect<unknown, E, R>): Server.Handler<E, R> =>
  socket =>
    Effect.zipRight(Effect.orDie(Effect.zipRight(socket.recv(1), socket.sendText("hello"))), then)

const ends: ReadonlyArray<End> = [
  {
    title: "succeeds: its connection is closed after everything that was sent",
    handler: hello(Effect.void),
    seen: ["hello|end"],
    reason: "Succeeded",
    logs: undefined
  },
  {
    title: "returns early with unread bytes of the peer: its connection is closed, not reset",
    handler: socket => Effect.zipRight(socket.peekFull(4), socket.sendText("hello")),
    peer: socket => socket.sendText("unread"),
    seen: ["hello|end"],
    reason: "Succeeded",
    logs: undefined
  },
  {
    title: "fails: its connection is closed, so that everything that was sent arrives",
    handler: hello(Effect.fail(new Refusal({ what: "no" }))),
    seen: ["hello|end"],
    reason: "Failed",
    logs: "WARN"
  },
  {
    title: "dies: its connection is reset",
    handler: hello(Effect.die(new Error("on purpose"))),
    seen: ["hello|Reset", "|Reset"],
    reason: "Died",
    logs: "ERROR"
  },
  {
    title: "throws before it returns an effect: its connection is reset",
    handler: () => {
      throw new Error("on purpose")
    },
    seen: ["|Reset"],
    reason: "Died",
    logs: "ERROR"
  },
  {
    title: "leaves a finalizer that dies: its connection is closed, because the handler has succeeded",
    handler: hello(Effect.addFinalizer(() => Effect.die(new Error("on purpose")))),
    seen: ["hello|end"],
    reason: "Died",
    logs: "ERROR"
  },
  {
    title: "is interrupted: its connection is reset",
    handler: hello(Effect.interrupt),
    seen: ["hello|Reset", "|Reset"],
    reason: "Interrupted",
    logs: "DEBUG"
  },
  {
    title: "loses its peer: that is logged at debug level only",
    handler: socket => Effect.zipRight(socket.sendText("hello"), socket.recvExactly(1)),
    peer: socket => Effect.zipRight(socket.recv(1024), socket.abort),
    seen: ["|Closed"],
    reason: "PeerGone",
    logs: "DEBUG"
  }
]

const knocks = (socket: Socket.Socket) => socket.sendText("x")

/** The second client gets the handler. The first one is served after that, which shows that the server lives on. */
const meeting = (handler: End["handler"], peer: End["peer"]) =>
  Effect.scoped(
    Effect.gen(function* () {
      const over = yield* Deferred.make<void>()
      let handled = 0
      const server = yield* watched<unknown, Scope.Scope>(socket => {
        handled += 1
        return handled === 1 ? Effect.zipRight(Deferred.await(over), socket.sendText("served")) : handler(socket)
      })
      const other = yield* Network.connect(server.address)
      // If the server resets the connection at once, `connect` may fail.
      const socket = yield* Effect.option(Network.connect(server.address))
      const seen = yield* Option.match(socket, {
        onNone: () => Effect.succeed("|Reset"),
        onSome: socket => Effect.zipRight(Effect.ignore((peer ?? knocks)(socket)), seenBy(socket))
      })
      const outcome = yield* server.next
      yield* Deferred.succeed(over, undefined)
      assert.strictEqual(yield* seenBy(other), "served|end")
      assert.deepInclude(yield* server.next, { reason: "Succeeded", remoteAddress: other.localAddress })
      const from = Option.map(socket, ({ localAddress, remoteAddress }) => [remoteAddress, localAddress])
      return { outcome, seen, from }
    })
  )

onEach(test => {
  describe("a handler that", () => {
    for (const { handler, logs, peer, reason, seen, title } of ends) {
      test(`${title}; other connections live on`, () =>
        Effect.gen(function* () {
          const [met, lines] = yield* logged(meeting(handler, peer))
          assert.include(seen, met.seen)
          const { bytesSent, exit, localAddress, remoteAddress } = met.outcome
          assert.strictEqual(met.outcome.reason, reason)
          if (Option.isSome(met.from)) assert.deepStrictEqual([localAddress, remoteAddress], met.from.value)
          assert.strictEqual(Exit.isSuccess(exit), reason === "Succeeded")
          assert.strictEqual(bytesSent, title.startsWith("throws") ? 0 : 5)
          const ofHandler = lines.filter(({ message }) => !message.includes("drained"))
          assert.deepStrictEqual(
            ofHandler.map(({ level }) => level),
            logs === undefined ? [] : [logs]
          )
        }))
    }

    test("does not return is interrupted with the server, which waits until its connection is reset", () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const begun = yield* Deferred.make<void>()
        const outcomes: Array<Server.Outcome<never>> = []
        const serving = yield* Effect.fork(
          Server.serve(listener, () => Effect.zipRight(Deferred.succeed(begun, undefined), never), {
            onOutcome: outcome => Effect.sync(() => outcomes.push(outcome))
          })
        )
        const socket = yield* Network.connect(listener.address)
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(serving)
        assert.deepStrictEqual(
          outcomes.map(({ reason }) => reason),
          ["Interrupted"]
        )
        assert.strictEqual(yield* seenBy(socket), "|Reset")
      }))
  })

  describe("serve", () => {
    test("fails when its listener closes, and resets its connections", () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const begun = yield* Deferred.make<void>()
        const serving = yield* Effect.fork(
          Server.serve(listener, () => Effect.zipRight(Deferred.succeed(begun, undefined), never))
        )
        const socket = yield* Network.connect(listener.address)
        yield* Deferred.await(begun)
        yield* listener.close
        assert.strictEqual((yield* Effect.flip(Fiber.join(serving))).reason, "Closed")
        assert.strictEqual(yield* seenBy(socket), "|Reset")
      }))

    test("gives each handler its own Scope, whose finalizers run before the connection closes", () =>
      Effect.gen(function* () {
        const server = yield* watched(socket =>
          Effect.zipRight(
            Effect.addFinalizer(() => Effect.ignore(socket.sendText("goodbye"))),
            socket.sendText("hello, ")
          )
        )
        for (let n = 0; n < 3; n++) {
          assert.strictEqual(yield* seenBy(yield* Network.connect(server.address)), "hello, goodbye|end")
        }
      }))

    test("gives handlers its own context, and they are interruptible even if it is not", () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        const fiber = yield* Server.serve(listener, socket =>
          Effect.flatMap(Name, name =>
            Effect.flatMap(Effect.checkInterruptible(Effect.succeed), is => socket.sendText(`${name} ${is}`))
          )
        ).pipe(Effect.provideService(Name, "Ada"), Effect.fork, Effect.uninterruptible)
        assert.strictEqual(yield* seenBy(yield* Network.connect(listener.address)), "Ada true|end")
        yield* listener.close
        yield* Fiber.await(fiber)
      }))

    test("continues to serve if onOutcome throws, dies or never returns", () =>
      Effect.gen(function* () {
        const listener = yield* Network.listen("127.0.0.1:0")
        let told = 0
        const onOutcome = () => {
          told += 1
          if (told === 1) throw new Error("on purpose")
          return told === 2 ? Effect.die("on purpose") : never
        }
        const serve = Server.serve(listener, socket => socket.sendText("hello"), {
          maxConnections: 1,
          interruptTimeout: "20 millis",
          onOutcome
        })
        const served = Effect.gen(function* () {
          const fiber = yield* Effect.fork(serve)
          for (let n = 0; n < 5; n++) {
            assert.strictEqual(yield* seenBy(yield* Network.connect(listener.address)), "hello|end")
          }
          yield* Fiber.interrupt(fiber)
        })
        const [, lines] = yield* logged(served)
        const messages = lines.filter(({ level }) => level === "ERROR").map(({ message }) => message)
        const stays = "server: onOutcome does not return"
        assert.deepStrictEqual(messages, [...new Array(2).fill("server: onOutcome died"), ...new Array(3).fill(stays)])
      }))
  })
})
