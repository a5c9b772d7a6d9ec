/** The library connects to hostile servers. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Client from "../../src/Client.ts"
import { within } from "../../src/internal/conformance/kit/expect.ts"
import { leavingNothing } from "../../src/internal/conformance/kit/leaks.ts"
import { forkParked } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import { type Row, tcp, unix } from "../conformance/transports.ts"
import { full } from "./backlog.ts"
import { sendWaits } from "./conversation.ts"
import { here, killed, python } from "./makers.ts"
import { connects } from "./meeting.ts"
import { meetings } from "./meetings.ts"

meetings(connects)

const test = (on: Row, title: string, effect: Effect.Effect<void, unknown, Network.Network>) =>
  it.live(title, () => leavingNothing(on, Effect.provide(effect, on.layer)))

for (const maker of [killed, python]) {
  const reason = maker.skip === undefined ? "" : ` (skipped: ${maker.skip})`
  describe.skipIf(reason !== "")(`a peer of ${maker.name} that never accepts${reason}`, () => {
    test(
      tcp,
      "with a full backlog: connect fails with TimedOut by `timeout`, and its error has the one attempt",
      Effect.gen(function* () {
        const { address } = yield* full(maker)
        const error = yield* Effect.flip(Network.connect(address, { timeout: "100 millis" }))
        assert.deepInclude(error, { _tag: "ConnectError", reason: "TimedOut", by: "timeout" })
        assert.deepStrictEqual(error._tag === "ConnectError" && error.timeout, Duration.millis(100))
        assert.deepStrictEqual(error._tag === "ConnectError" && error.attempts.map(({ outcome: reason }) => reason), [
          "TimedOut"
        ])
      }).pipe(Effect.scoped)
    )

    test(
      tcp,
      "with a full backlog: 100 connects at once fail with TimedOut, and an interrupted connect ends at once",
      Effect.gen(function* () {
        const { address } = yield* full(maker)
        const one = Effect.flip(Network.connect(address, { timeout: "200 millis" }))
        const errors = yield* Effect.all(
          Array.from({ length: 100 }, () => one),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(new Set(errors.map(error => error.reason)), new Set(["TimedOut"]))
        const waiting = yield* forkParked(tcp, Network.connect(address, { timeout: Duration.infinity }))
        yield* within(Fiber.interrupt(waiting), "20 seconds", "the interruption")
      }).pipe(Effect.scoped)
    )

    test(
      unix,
      "with a full backlog: connect fails with BacklogFull, without waiting",
      Effect.gen(function* () {
        const free = yield* unix.free
        const { address } = yield* full(maker, free._tag === "Unix" ? free.path : undefined)
        const error = yield* Effect.flip(Network.connect(address, { timeout: Duration.infinity }))
        assert.deepInclude(error, { _tag: "ConnectError", reason: "BacklogFull", code: "EAGAIN" })
      }).pipe(Effect.scoped)
    )

    test(
      tcp,
      "with room in the backlog: connect succeeds, a send waits, and the Scope closes without waiting for it",
      Effect.gen(function* () {
        const { address } = yield* maker.serve("neverAccepts", undefined)
        const meeting = Effect.gen(function* () {
          const socket = yield* Network.connect(address, { closeTimeout: "10 minutes" })
          assert.isTrue(Option.isNone(yield* Effect.timeoutOption(socket.recv(1), "30 millis")))
          yield* Effect.fork(socket.sendAll(new Uint8Array(24 * 1024 * 1024)))
          yield* sendWaits({ socket })
        })
        yield* within(Effect.scoped(meeting), "30 seconds", "the scope")
      }).pipe(Effect.scoped)
    )
  })
}

describe("Client, with a server that", () => {
  for (const [peer, title] of [
    ["isSilent", "never sends"],
    ["answersAfterOurEnd", "answers only after our end"]
  ] as const) {
    test(
      tcp,
      `${title}: receiveOnce and receiveMessage fail with TimedOut by \`timeout\``,
      Effect.gen(function* () {
        const { address } = yield* here.serve(peer, undefined)
        const options = { timeout: "100 millis" } as const
        const errors = [
          yield* Effect.flip(Client.receiveOnce(address, options)),
          yield* Effect.flip(Client.receiveMessage(address, options))
        ]
        for (const error of errors) {
          assert.deepInclude(error, { _tag: "RecvError", reason: "TimedOut", by: "timeout" })
        }
      }).pipe(Effect.scoped)
    )
  }

  test(
    tcp,
    "floods: receiveOnce returns `bufsize` bytes, and receiveMessage returns `maxBytes` bytes and MaxBytes",
    Effect.gen(function* () {
      const { address } = yield* here.serve("floods", undefined)
      assert.strictEqual((yield* Client.receiveOnce(address, { encoding: "latin1", bufsize: 10 })).length, 10)
      const options = { encoding: "latin1", maxBytes: 100_000 } as const
      assert.deepInclude(yield* Client.receiveMessage(address, options), { bytes: 100_000, end: "MaxBytes" })
    }).pipe(Effect.scoped)
  )
})
