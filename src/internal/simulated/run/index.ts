/**
 * Running programs in a simulated world: once, with many seeds, and again from a report.
 *
 * @internal
 */
export { checkDeterminism, run } from "./run.ts"
export { seeds } from "./seeds.ts"
export { only, SimulatedNetwork, type World, worldOf } from "./service.ts"
export { SimulationDeadlock, SimulationDiverged, SimulationLeaked, SimulationSeedsFailed } from "./simulationError.ts"
