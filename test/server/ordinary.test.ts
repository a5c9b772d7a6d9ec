/** Ends of connections that an operator has asked for, or that every server sees, and how a server logs them. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Network from "../../src/Network.ts"
import type * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { onEach } from "../networks.ts"
import { seenBy, watched } from "./watched.ts"

interface Line {
  readonly level: string
  readonly text: string
  readonly hasCause: boolean
}

/** Runs an effect, and returns its value and the lines that were logged about handlers. */
const logged = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, ReadonlyArray<Line>], E, R> =>
  Effect.suspend(() => {
    const lines: Array<Line> = []
    const logger = Logger.map(
      Logger.zip(
        Logger.stringLogger,
        Logger.make(options => options)
      ),
      ([text, { cause, logLevel }]) => {
        if (!text.includes(": drained:"))
          lines.push({ level: logLevel.label, text: String(text), hasCause: !Cause.isEmpty(cause) })
      }
    )
    return Effect.map(self, value => [value, lines] as const).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Logger.withMinimumLogLevel(LogLevel.Debug)
    )
  })

type Options = Server.RunOptions<unknown> & Network.ListenOptions

interface End {
  readonly title: string
  readonly options?: Omit<Options, "onOutcome">
  readonly handler: (socket: Socket.Socket) => Effect.Effect<unknown, unknown>
  readonly peer?: (socket: Socket.Socket) => Effect.Effect<void>
  readonly reason: Server.Reason
  readonly level: string
  readonly says: RegExp
}

const never = Effect.async<never>(() => {})
const receives = (socket: Socket.Socket) => socket.recvExactly(10)
const sends = (socket: Socket.Socket) => Effect.forever(socket.sendAll(new Uint8Array(1024 * 1024)))

const ends: ReadonlyArray<End> = [
  {
    title: "recvTimeout",
    options: { timeouts: { recvTimeout: "20 millis" } },
    handler: receives,
    reason: "Idle",
    level: "DEBUG",
    says: /the peer was idle: recv .* timed out after 20ms without a byte \(recvTimeout\)/
  },
  {
    title: "sendTimeout",
    options: { timeouts: { sendTimeout: "20 millis" } },
    handler: sends,
    reason: "Idle",
    level: "DEBUG",
    says: /the peer was idle: send .* \(sendTimeout\)/
  },
  {
    title: "messageTimeout",
    options: { timeouts: { messageTimeout: "20 millis" } },
    handler: receives,
    reason: "Slow",
    level: "DEBUG",
    says: /the peer was too slow: recv .* \(messageTimeout\)/
  },
  {
    title: "minThroughput",
    options: { timeouts: { minThroughput: { bytes: 5, per: "20 millis" } } },
    handler: receives,
    reason: "Slow",
    level: "DEBUG",
    says: /the peer was too slow: recv .* \(minThroughput\)/
  },
  {
    title: "handlerTimeout",
    options: { handlerTimeout: "20 millis" },
    handler: () => never,
    reason: "TimedOut",
    level: "INFO",
    says: /a handler was interrupted because handlerTimeout had passed/
  },
  {
    title: "a reset by the peer",
    handler: receives,
    peer: socket => socket.abort,
    reason: "PeerGone",
    level: "DEBUG",
    says: /the peer is gone: recv .* connection reset by peer/
  },
  {
    title: "an end of the peer inside of a message",
    handler: receives,
    peer: socket => socket.close,
    reason: "PeerGone",
    level: "DEBUG",
    says: /the peer is gone: recv .*: the stream ended after 1 of 10 bytes/
  }
]

onEach(test => {
  describe("is logged as one line, at info level or below and without a stack, and has a reason of its own:", () => {
    for (const { handler, level, options, peer, reason, says, title } of ends) {
      test(title, () =>
        Effect.gen(function* () {
          const meeting = Effect.gen(function* () {
            const server = yield* watched<unknown, never>(handler, options)
            const talk = Effect.flatMap(Network.connect(server.address), socket =>
              Effect.zipRight(Effect.ignore(socket.sendText("x")), peer === undefined ? Effect.void : peer(socket))
            )
            // On a slow machine, the server may end the connection before the client sees that it has connected.
            yield* Effect.ignore(talk)
            return yield* server.next
          })
          const [outcome, lines] = yield* logged(Effect.scoped(meeting))
          assert.strictEqual(outcome.reason, reason)
          assert.deepStrictEqual(
            lines.map(({ hasCause, level }) => ({ hasCause, level })),
            [{ hasCause: false, level }]
          )
          assert.match(lines[0]!.text, says)
          assert.notMatch(lines[0]!.text, /\n|\bat /)
        })
      )
    }

    test("a drain that interrupts a handler", () =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const meeting = Effect.gen(function* () {
          const server = yield* watched<unknown, never>(
            () => Effect.zipRight(Deferred.succeed(begun, undefined), never),
            {
              drainTimeout: 0
            }
          )
          yield* Network.connect(server.address)
          yield* Deferred.await(begun)
          yield* server.drain
          return yield* server.next
        })
        const [outcome, lines] = yield* logged(Effect.scoped(meeting))
        assert.strictEqual(outcome.reason, "Drained")
        assert.deepStrictEqual(
          lines.map(({ hasCause, level }) => ({ hasCause, level })),
          [{ hasCause: false, level: "DEBUG" }]
        )
      }))
  })

  test("an end or a timeout of another connection is a failure of the handler, and is logged as a warning", () =>
    Effect.gen(function* () {
      const silent = yield* watched(() => never, { drainTimeout: 0 })
      const short = yield* watched(socket => socket.sendText("x"), { drainTimeout: 0 })
      for (const [backend, options] of [
        [silent, { timeouts: { recvTimeout: "20 millis" } }],
        [silent, { timeouts: { messageTimeout: "20 millis" } }],
        [short, {}]
      ] as const) {
        const meeting = Effect.gen(function* () {
          const server = yield* watched<unknown, Network.Network>(() =>
            Network.withConnection(backend.address, receives, options)
          )
          yield* seenBy(yield* Network.connect(server.address))
          return yield* server.next
        })
        const [outcome, lines] = yield* logged(Effect.scoped(meeting))
        assert.strictEqual(outcome.reason, "Failed")
        assert.deepStrictEqual(
          lines.map(({ hasCause, level }) => ({ hasCause, level })),
          [{ hasCause: true, level: "WARN" }]
        )
      }
    }))
})

describe("the log of a server", () => {
  it.live("is bounded and shows no control, bidi or separator character of what a handler failed with", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const bad = "\u0007\u001b[2J\u009b\u202e\u2028\u2029\ud800"
        const round = new Error(bad.repeat(1000))
        round.cause = new Error(bad, { cause: round })
        const causes = [
          Effect.fail(bad.repeat(1000)),
          Effect.fail(round),
          Effect.die(round),
          Effect.die({ bad, n: 1n })
        ]
        for (const cause of causes) {
          const meeting = Effect.gen(function* () {
            const server = yield* watched<unknown, never>(() => cause)
            yield* seenBy(yield* Network.connect(server.address))
            return yield* server.next
          })
          const [, lines] = yield* logged(Effect.scoped(meeting))
          assert.strictEqual(lines.length, 1)
          assert.notMatch(lines[0]!.text, /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
          assert.isAtMost(lines[0]!.text.length, 3000)
        }
      })
    )
  )
})
