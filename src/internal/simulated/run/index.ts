/**
 * Runs programs in a simulated world: once, twice to compare, with many seeds, or with the seed of a failure.
 *
 * @internal
 */
export { checkDeterminism, run } from "./run.ts"
export { seeds } from "./seeds.ts"
export { only, SimulatedNetwork, type World, worldOf } from "./service.ts"
export { SimulationDeadlock, SimulationDiverged, SimulationLeaked, SimulationSeedsFailed } from "./simulationError.ts"
