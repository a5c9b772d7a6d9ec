/**
 * The stream of the messages that a step for one of them makes of a socket's bytes, and how a receive is made a stream.
 *
 * @internal
 */
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Stream from "effect/Stream"
import { type Instruction, more, type Step, take } from "./step.ts"

/** What a receive gives to a stream: some of its elements, or `undefined` at the end. */
export type Batch<A> = Chunk.Chunk<A> | undefined

/**
 * The stream of what a receive gives, again and again until that is no Chunk. A write loop costs the least that a
 * Channel can.
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

/** More steps of a fiber than there are from a receive through a stream to whoever uses what it gave. */
const stepsToTheUse = 512

/**
 * A fiber yields after some thousand steps, and there it can be interrupted, also on the way from the receive to the use
 * of what was received, which would be lost. So it yields before the receive where it would have to soon.
 */
const rested = <A, E>(receiving: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.withFiberRuntime(fiber =>
    fiber.currentOpCount + stepsToTheUse > fiber.getFiberRef(FiberRef.currentMaxOpsBeforeYield)
      ? Effect.zipRight(Effect.yieldNow(), receiving)
      : receiving
  )

/**
 * The step of one message, made one of all that are there: they come as one Chunk. What is wrong with one comes when those
 * before it have been given, and then it is still in the socket. It is none where the stream ends between two messages.
 */
export const batchOf =
  <A, E>(step: Step<A, E>): Step<Batch<A>, E> =>
  (view, ended, offset) => {
    if (view.length === 0) {
      return ended ? take(0, undefined) : more(1)
    }
    const first = step(view, ended, offset)
    if (first._tag !== "Take") {
      return first
    }
    // Of 0 bytes it would be the same message for ever.
    if (!isMessage(first, view)) {
      throw new Error(`a step took a message of ${first.bytes} bytes of ${view.length} for a stream`)
    }
    const messages = [first.value]
    let at = first.bytes
    while (at < view.length) {
      const rest = view.subarray(at)
      const instruction = attempt(step, rest, ended, offset + at)
      if (instruction?._tag !== "Take" || !isMessage(instruction, rest)) break
      messages.push(instruction.value)
      at += instruction.bytes
    }
    return take(at, Chunk.unsafeFromArray(messages))
  }

const isMessage = ({ bytes }: { readonly bytes: number }, view: Uint8Array): boolean =>
  Number.isInteger(bytes) && bytes > 0 && bytes <= view.length

/** A step that throws will do so again when its message is the first. */
const attempt = <A, E>(
  step: Step<A, E>,
  view: Uint8Array,
  ended: boolean,
  offset: number
): Instruction<A, E> | undefined => {
  try {
    return step(view, ended, offset)
  } catch {
    return undefined
  }
}
