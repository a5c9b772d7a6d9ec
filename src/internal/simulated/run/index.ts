/**
 * Running programs in a simulated world: once, twice for a comparison, with many seeds, and with the seed of a failure.
 *
 * @internal
 */
export { checkDeterminism, run } from "./run.ts"
export { seeds } from "./seeds.ts"
export { only, SimulatedNetwork, type World, worldOf } from "./service.ts"
export { SimulationDeadlock, SimulationDiverged, SimulationLeaked, SimulationSeedsFailed } from "./simulationError.ts"
