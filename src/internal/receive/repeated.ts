/**
 * Turns a repeated receive into a Stream.
 *
 * @internal
 */
import * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Stream from "effect/Stream"
import type { Batch } from "./step.ts"

/**
 * Returns a Stream that repeats the receive and emits the Chunk of each result, until `chunkOf` returns `undefined`. A
 * loop of writes is the fastest kind of Channel.
 */
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

/** An upper bound for the number of fiber steps between a receive and the consumer of the stream. */
const stepsToTheUse = 512

/**
 * A fiber yields after about 2000 steps, and can be interrupted when it yields. An interruption between the receive and
 * the consumer would lose the bytes. So if a fiber is about to yield, it yields before it receives, not after.
 * See docs/DECISIONS.md#streams-yield-before-they-receive.
 */
const rested = <A, E>(receiving: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.withFiberRuntime(fiber =>
    fiber.currentOpCount + stepsToTheUse > fiber.getFiberRef(FiberRef.currentMaxOpsBeforeYield)
      ? Effect.zipRight(Effect.yieldNow(), receiving)
      : receiving
  )
