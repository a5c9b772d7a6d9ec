/**
 * A receive, repeated, as a Stream.
 *
 * @internal
 */
import * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Stream from "effect/Stream"
import type { Batch } from "./step.ts"

/** Emits what each receive returns, until that is no Chunk. A write loop is the cheapest Channel. */
export const repeated = <R, A, E>(
  receiving: Effect.Effect<R, E>,
  chunkOf: (received: R) => Batch<A>
): Stream.Stream<A, E> => {
  const next: Channel.Channel<Chunk.Chunk<A>, unknown, E, unknown, void, unknown> = Channel.flatMap(
    Channel.fromEffect(rested(receiving)),
    received => {
      const chunk = chunkOf(received)
      return chunk === undefined ? Channel.void : Channel.flatMap(Channel.write(chunk), () => next)
    }
  )
  return Stream.fromChannel(next)
}

/** More steps of a fiber than there are from a receive, through a stream, to the use of what was received. */
const stepsToTheUse = 512

/**
 * A fiber yields after some thousand steps, and can be interrupted there. On the way from the receive to the use, the
 * received bytes would be lost. So it yields before the receive if it would have to soon.
 */
const rested = <A, E>(receiving: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.withFiberRuntime(fiber =>
    fiber.currentOpCount + stepsToTheUse > fiber.getFiberRef(FiberRef.currentMaxOpsBeforeYield)
      ? Effect.zipRight(Effect.yieldNow(), receiving)
      : receiving
  )
