/** What the table of live connections keeps of connections that have ended: nothing. */
import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { LiveConnections } from "../../../src/internal/server/connections.ts"
import * as Network from "../../../src/Network.ts"
import * as SimulatedNetwork from "../../../src/SimulatedNetwork.ts"

/** Makes a table, and begins connections in it whose handlers wait for `end`. */
const table = Effect.gen(function* () {
  const end = yield* Deferred.make<void>()
  const connections = new LiveConnections<never>({
    clock: yield* Effect.clock,
    runtime: yield* Effect.runtime<never>(),
    handlerTimeout: Duration.hours(1),
    interruptTimeout: Duration.seconds(1),
    report: () => Effect.void,
    opened: () => {}
  })
  for (let n = 0; n < 3; n++) {
    const [socket] = yield* Network.pair
    connections.begin(socket, yield* Scope.make(), () => Deferred.await(end))
  }
  return { connections, end: Deferred.succeed(end, undefined) }
})

const kept = (connections: LiveConnections<never>) => ({
  all: connections["all"].size,
  due: connections["due"].size,
  waiting: connections["waiting"].size,
  open: connections.open
})

const nothing = { all: 0, due: 0, waiting: 0, open: 0 }

it.effect("a connection that has ended is not kept until its handlerTimeout has passed", () =>
  Effect.gen(function* () {
    const { connections, end } = yield* table
    assert.deepStrictEqual(kept(connections), { ...nothing, all: 3, due: 3, open: 3 })
    yield* end
    yield* connections.settled(connections.lives, Duration.seconds(1))
    assert.deepStrictEqual(kept(connections), nothing)
    yield* connections.endAll("Interrupted")
  }).pipe(Effect.scoped, Effect.provide(SimulatedNetwork.layer))
)

it.effect("a fiber that has waited for connections to end is forgotten", () =>
  Effect.gen(function* () {
    const { connections } = yield* table
    yield* connections.endAll("Interrupted")
    assert.deepStrictEqual(kept(connections), nothing)
  }).pipe(Effect.scoped, Effect.provide(SimulatedNetwork.layer))
)
