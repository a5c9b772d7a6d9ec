/** The networks on which programs are tested. Only the layer differs. On the simulated network no real time passes. */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Network from "../src/Network.ts"
import * as NodeNetwork from "../src/NodeNetwork.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"

type OnNetwork<A, E> = Effect.Effect<A, E, Network.Network | Scope.Scope>

/** Declares a test of a program that needs a network. */
export type Declare = <A, E>(title: string, program: () => OnNetwork<A, E>) => void

const overTcp: Declare = (title, program) =>
  it.live(title, () => Effect.scoped(Effect.provide(program(), NodeNetwork.layer)))

/** With `strict`, a deadlock fails the test at once, because the program waits for nothing outside the simulation. */
const simulated: Declare = (title, program) => it.live(title, () => SimulatedNetwork.run(program(), { strict: true }))

/** Declares the same tests for each network. */
export const onEach = (tests: (test: Declare) => void): void => {
  describe("over TCP", () => tests(overTcp))
  describe("simulated", () => tests(simulated))
}
