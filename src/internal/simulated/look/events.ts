/**
 * The trace as a stream. Whoever reads it has a place in the trace, and nothing is kept for them: so nobody who does not
 * read is noticed, and one who is very late misses what is not kept any more.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Event, Trace } from "./trace.ts"

const isThere = (trace: Trace, position: number): boolean => trace.length > position || trace.isOver

/** Waits until there is more, or nothing more comes. */
const more = (trace: Trace, position: number): Effect.Effect<void> =>
  Effect.async(resume => {
    if (isThere(trace, position)) {
      resume(Effect.void)
      return
    }
    return Effect.sync(trace.watch(() => resume(Effect.void)))
  })

/** What there is from a place on, and the next place; nothing when nothing more comes. */
const read = (trace: Trace, position: number): Option.Option<readonly [Chunk.Chunk<Event>, number]> =>
  trace.length > position
    ? Option.some([Chunk.unsafeFromArray(trace.since(position)), trace.length] as const)
    : Option.none()

export const eventsOf = (trace: Trace): Stream.Stream<Event> =>
  Stream.unfoldChunkEffect(0, position => Effect.map(more(trace, position), () => read(trace, position)))
