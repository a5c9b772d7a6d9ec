/**
 * Exports the events of a simulation: as a trace, as a stream and as a diagram.
 *
 * @internal
 */
export { formatDiagram } from "./diagram.ts"
export { eventsOf } from "./events.ts"
export { checksumOf, type Event, formatEvent, Trace } from "./trace.ts"
