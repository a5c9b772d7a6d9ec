/** Declares a test of an example twice: in a simulation, where two runs must be the same, and over TCP. */
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type * as Scope from "effect/Scope"
import type * as Network from "effect-sockets/Network"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"

const silently = Logger.withMinimumLogLevel(LogLevel.None)

/** Simulates a program twice and checks that both runs are the same. Default latency: 10 ms. */
export const twice = <A, E>(
  program: Effect.Effect<A, E, Network.Network | SimulatedNetwork.SimulatedNetwork | Scope.Scope>,
  options?: SimulatedNetwork.RunOptions
) => silently(SimulatedNetwork.checkDeterminism(program, { latency: 10, strict: true, ...options }))

export const onBoth = <A, E>(title: string, program: Effect.Effect<A, E, Network.Network | Scope.Scope>) => {
  it.live(`${title}: simulated`, () => twice(program))
  it.live(`${title}: over TCP`, () => silently(Effect.scoped(Effect.provide(program, NodeNetwork.layer))))
}
