/** What `assertNoLeaks` finds in a world. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Fault from "../../../../src/Fault.ts"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import { hosts, meet, simulated, there } from "../../../faults/between.ts"

/** The leak that is found. */
const leaked = Effect.flip(SimulatedNetwork.assertNoLeaks)

const leaks: ReadonlyArray<
  readonly [
    what: string,
    program: Effect.Effect<
      SimulatedNetwork.SimulationLeaked,
      unknown,
      SimulatedNetwork.SimulatedNetwork | Network.Network | Scope.Scope
    >,
    lines: ReadonlyArray<string>
  ]
> = [
  [
    "a listener",
    Effect.zipRight(Network.listen("127.0.0.1:80"), leaked),
    [
      "simulation: leaked 1 open socket, 0 segments with 0 bytes in flight, 0 actions scheduled (at 0 ms)",
      "host       state   local         remote  unread  unsent  age",
      "simulated  LISTEN  127.0.0.1:80  *       0       0       0 ms"
    ]
  ],
  [
    "a connection of which only one end is closed",
    Effect.gen(function* () {
      const { client } = yield* meet()
      yield* client.sendText("hello")
      yield* client.close
      yield* Effect.sleep(1000)
      return yield* leaked
    }),
    [
      "simulation: leaked 2 open sockets, 0 segments with 0 bytes in flight, 0 actions scheduled (at 1020 ms)",
      "host  state       local        remote          unread  unsent  age",
      "b     LISTEN      10.0.0.3:80  *               0       0       1020 ms",
      "b     CLOSE-WAIT  10.0.0.3:80  10.0.0.2:49152  0       0       1010 ms"
    ]
  ],
  [
    "held bytes that have not arrived",
    Effect.gen(function* () {
      const { client } = yield* meet()
      yield* Fault.hold("a", "b")
      yield* client.sendText("hello")
      yield* client.close
      return yield* leaked
    }),
    [
      "simulation: leaked 2 open sockets, 2 segments with 5 bytes in flight, 0 actions scheduled (at 20 ms)",
      "host  state        local        remote          unread  unsent  age",
      "b     LISTEN       10.0.0.3:80  *               0       0       20 ms",
      "b     ESTABLISHED  10.0.0.3:80  10.0.0.2:49152  0       0       10 ms",
      "#1 data a > b 5",
      "#1 end a > b"
    ]
  ],
  [
    "a connect that gets no answer",
    Effect.gen(function* () {
      const { a } = yield* hosts
      yield* Fault.hang("b")
      yield* Effect.fork(Effect.scoped(a.connect(there)))
      yield* Effect.sleep(5)
      return yield* leaked
    }),
    [
      "simulation: leaked 0 open sockets, 1 segment with 0 bytes in flight, 1 action scheduled (at 5 ms)",
      "connect a > b"
    ]
  ],
  [
    "a held connect, for which nothing is scheduled",
    Effect.gen(function* () {
      const { a } = yield* hosts
      yield* Fault.hold("a", "b")
      yield* Effect.fork(Effect.scoped(a.connect(there)))
      yield* Effect.sleep(5)
      return yield* leaked
    }),
    [
      "simulation: leaked 0 open sockets, 1 segment with 0 bytes in flight, 0 actions scheduled (at 5 ms)",
      "connect a > b"
    ]
  ],
  [
    "an action that the network has scheduled",
    Effect.gen(function* () {
      const { b } = yield* hosts
      yield* b.listen(there)
      yield* Fault.crash("b")
      return yield* leaked
    }),
    ["simulation: leaked 0 open sockets, 0 segments with 0 bytes in flight, 1 action scheduled (at 0 ms)"]
  ]
]

describe("assertNoLeaks", () => {
  for (const [what, program, lines] of leaks) {
    it.live(`finds and shows ${what}`, () =>
      Effect.gen(function* () {
        const { message } = yield* simulated(program)
        assert.deepStrictEqual(message.split("\n"), lines)
      })
    )
  }

  it.live("finds nothing when everything is closed and has arrived, even if the program itself sleeps", () =>
    simulated(
      Effect.gen(function* () {
        yield* Effect.fork(Effect.sleep("1 hour"))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { client, server } = yield* meet()
            yield* client.sendText("hello")
            yield* server.recvExactly(5)
          })
        )
        assert.deepStrictEqual(
          (yield* leaked).segments.map(({ from, kind, to }) => `${kind} ${from} > ${to}`),
          ["end a > b", "acknowledge b > a", "end b > a"]
        )
        yield* Effect.sleep(10)
        yield* SimulatedNetwork.assertNoLeaks
      })
    )
  )

  it.live("shows at most 50 sockets", () =>
    Effect.gen(function* () {
      yield* Network.listen("127.0.0.1:80", { acceptQueue: 100 })
      yield* Effect.replicateEffect(Network.connect("127.0.0.1:80"), 30)
      const { message, sockets } = yield* leaked
      assert.strictEqual(sockets.length, 61)
      assert.strictEqual(message.split("\n").length, 1 + 1 + 50 + 1)
      assert.include(message, "and 11 more")
    }).pipe(SimulatedNetwork.run())
  )

  it.scoped("finds nothing in a world that has ended", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const world = yield* Scope.extend(SimulatedNetwork.make({ latency: "1 second" }), scope)
      yield* Effect.fork(world.network("a").connect(there))
      yield* world.awaitQuiescent
      yield* Scope.close(scope, Exit.void)
      yield* world.assertNoLeaks
    })
  )
})
