/**
 * A repeated receive as a Stream.
 *
 * @internal
 */
import * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Stream from "effect/Stream"
import type { Batch } from "./step.ts"

/** Emits the Chunk of each receive, until `chunkOf` returns `undefined`. A loop of writes is the cheapest Channel. */
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

/** More fiber steps than lie between a receive and the use of the received bytes at the end of a stream. */
const stepsToTheUse = 512

/**
 * A fiber yields after some thousand steps, and can be interrupted when it yields. Between the receive and the use of
 * the bytes, such an interruption would lose them. So a fiber that would yield soon yields before the receive.
 * See docs/DECISIONS.md#streams-yield-before-they-receive.
 */
const rested = <A, E>(receiving: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.withFiberRuntime(fiber =>
    fiber.currentOpCount + stepsToTheUse > fiber.getFiberRef(FiberRef.currentMaxOpsBeforeYield)
      ? Effect.zipRight(Effect.yieldNow(), receiving)
      : receiving
  )
