/**
 * Conformance properties about how a Scope ends its connection: with a close or with a reset.
 *
 * @internal
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { ConnectionOptions } from "../../../Network.ts"
import type * as Socket from "../../../Socket.ts"
import {
  type Chapter,
  check,
  eitherScope,
  equal,
  forkParked,
  type Property,
  pattern,
  prefixOf,
  receiveAll,
  sameBytes,
  soon,
  type TransportUnderTest,
  until,
  utf8
} from "../kit/index.ts"

class BadRequest extends Data.TaggedError("BadRequest") {}

type Use = (on: TransportUnderTest, a: Socket.Socket) => Effect.Effect<unknown, unknown, Scope.Scope>

const reply = pattern(20_000)

/** Sends a complete reply, then runs `then`. */
const replyThen =
  (then: Effect.Effect<unknown, unknown>): Use =>
  (_, a) =>
    Effect.zipRight(a.sendAll(reply), then)

/** Starts a send to a peer that does not receive. When the send waits, runs `then`. */
const halfSentThen =
  (then: Effect.Effect<unknown, unknown>): Use =>
  (on, a) =>
    Effect.gen(function* () {
      // The send runs in a daemon fiber, so that it still waits when the scope ends.
      yield* Effect.forkDaemon(Effect.ignore(a.sendAll(pattern(on.clogBytes))))
      yield* until(
        on,
        "a send should wait",
        Effect.map(a.stats, stats => stats.bytesUnsent > 0)
      )
      return yield* then
    })

const interrupted: Use = (on, a) =>
  Effect.gen(function* () {
    yield* a.sendAll(reply)
    const waiting = yield* forkParked(on, Effect.never)
    yield* Fiber.interrupt(waiting)
    return yield* Fiber.join(waiting)
  })

const handled = Effect.catchAll(Effect.fail(new BadRequest()), () => Effect.void)

type Options = ConnectionOptions & {
  /** Wraps the effect together with its scope, for example in a timeout. Default: no change. */
  readonly around?: (scoped: Effect.Effect<unknown, unknown>) => Effect.Effect<unknown, unknown>
}

const ends = (title: string, use: Use, options: Options = {}): Property => ({
  title: `${title}: the peer gets the whole reply, then the end`,
  run: on =>
    eitherScope(
      on,
      options,
      a => use(on, a),
      b =>
        Effect.gen(function* () {
          const { bytes, end } = yield* receiveAll(b)
          sameBytes(bytes, reply, "the reply")
          equal(end, "the end", "how the stream ended after the reply")
        })
    )
})

const resets = (title: string, use: Use, options: Options = {}): Property => ({
  title: `${title}: the peer gets Reset`,
  needs: ["reset"],
  run: on =>
    eitherScope(
      on,
      options,
      a => use(on, a),
      b =>
        Effect.gen(function* () {
          const { bytes, end } = yield* receiveAll(b)
          equal(end, "Reset", `after ${bytes.length} bytes`)
          prefixOf(bytes, pattern(on.clogBytes), "the bytes before the reset")
        })
    )
})

const how = ["succeeds", "fails", "dies with a defect", "is interrupted"]

/**
 * A scope that resets its connection must end soon, because a reset does not wait for `closeTimeout`. In these tests,
 * `closeTimeout` is 10 minutes.
 */
const atOnce: Options = { around: scoped => soon(scoped, "a scope with an unfinished send") }

const shortly = { closeTimeout: "50 millis" } as const

export const scopes: Chapter = {
  title: "how a Scope ends its connection",
  properties: [
    ends("a scope that succeeds", replyThen(Effect.void)),
    ends("a scope that fails with a typed error after a complete reply", replyThen(Effect.fail(new BadRequest()))),
    ends("a scope that handles its failure", replyThen(handled)),
    ends("a scope that closes its connection and then dies", (_, a) =>
      Effect.zipRight(Effect.zipRight(a.sendAll(reply), a.close), Effect.die("a bug"))
    ),
    resets("a scope that dies with a defect", replyThen(Effect.die("a bug"))),
    resets("a scope that is interrupted", interrupted),
    resets("a scope that succeeds while a send is unfinished", halfSentThen(Effect.void), atOnce),
    resets("a scope that fails while a send is unfinished", halfSentThen(Effect.fail(new BadRequest())), atOnce),
    resets("a scope that fails, with onFailure reset", replyThen(Effect.fail(new BadRequest())), {
      onFailure: "reset"
    }),
    ends("a scope that succeeds, with onFailure reset", replyThen(Effect.void), { onFailure: "reset" }),
    ends("a scope that dies with a defect, with onFailure close", replyThen(Effect.die("a bug")), {
      onFailure: "close"
    }),
    ends("a scope that is interrupted, with onFailure close", interrupted, { onFailure: "close" }),
    resets("a scope that is interrupted by an Effect.timeout around it", replyThen(Effect.never), {
      around: Effect.timeout(20)
    }),
    ends("a scope that fails because an Effect.timeout in it passes", replyThen(Effect.timeout(Effect.never, 20))),
    resets(
      "a scope that fails, with onFailure close, and cannot flush within closeTimeout",
      halfSentThen(Effect.fail(new BadRequest())),
      {
        ...shortly,
        onFailure: "close"
      }
    ),
    ...[Effect.void, Effect.fail(new BadRequest()), Effect.die("a bug"), Effect.interrupt].flatMap((then, n) =>
      ([undefined, "close", "reset"] as const).map(
        (onFailure): Property => ({
          title: `a scope that ${how[n]} waits at most closeTimeout for a peer that never receives (onFailure ${onFailure ?? "not set"})`,
          run: on =>
            eitherScope(
              on,
              { onFailure, ...shortly, around: scoped => soon(scoped, "the scope") },
              a => halfSentThen(then)(on, a),
              b => receiveAll(b)
            )
        })
      )
    ),
    {
      title: "a reply that was sent before the scope ended arrives, even if the peer receives it later",
      run: on =>
        eitherScope(
          on,
          {},
          a => a.sendText("bye"),
          (b, exit) =>
            Effect.gen(function* () {
              check(Exit.isSuccess(exit), "the scope should succeed")
              yield* b.awaitEnd
              sameBytes((yield* receiveAll(b)).bytes, utf8("bye"), "the reply")
            })
        )
    }
  ]
}
