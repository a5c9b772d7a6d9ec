/**
 * The events of a trace as a Stream. The stream buffers nothing: each reader keeps only its position in the trace. A
 * very late reader misses the events that the trace has dropped.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Event, Trace } from "./trace.ts"

const isThere = (trace: Trace, position: number): boolean => trace.length > position || trace.isOver

/** Waits until there is an event from a position on, or until the trace has ended. */
const more = (trace: Trace, position: number): Effect.Effect<void> =>
  Effect.async(resume => {
    if (isThere(trace, position)) {
      resume(Effect.void)
      return
    }
    return Effect.sync(trace.watch(() => resume(Effect.void)))
  })

/**
 * Returns the events from a position on, and the next position. Returns `None` if there is no such event, which means
 * that the trace has ended.
 */
const read = (trace: Trace, position: number): Option.Option<readonly [Chunk.Chunk<Event>, number]> =>
  trace.length > position
    ? Option.some([Chunk.unsafeFromArray(trace.since(position)), trace.length] as const)
    : Option.none()

export const eventsOf = (trace: Trace): Stream.Stream<Event> =>
  Stream.unfoldChunkEffect(0, position => Effect.map(more(trace, position), () => read(trace, position)))
