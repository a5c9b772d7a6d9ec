/**
 * Steps: how a receive looks at what is buffered and decides. Public as part of `Socket`.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Option from "effect/Option"

/**
 * What a step decides about the bytes that it was shown: wait until `atLeast` bytes are buffered, take `bytes` bytes and
 * return `value`, or consume nothing and fail.
 */
export type Instruction<A, E> =
  | { readonly _tag: "More"; readonly atLeast: number }
  | { readonly _tag: "Take"; readonly bytes: number; readonly value: A }
  | { readonly _tag: "Fail"; readonly error: E }

/**
 * Looks at all the buffered bytes and decides. It runs again when more bytes have arrived, and a last time with `ended`
 * true. The view is valid only until the step returns: copy what you keep. `offset` is how many bytes of the stream were
 * consumed before the view. A step is synchronous and changes nothing outside itself.
 */
export type Step<A, E> = (view: Uint8Array, ended: boolean, offset: number) => Instruction<A, E>

/**
 * Waits until `atLeast` bytes are buffered, or the stream ends. After the end there is no more: a step that asks for more
 * then is a bug, and the receive dies.
 */
export const more = (atLeast: number): Instruction<never, never> => ({ _tag: "More", atLeast })

/** Consumes the first `bytes` bytes of the view, which may be none, and returns `value`. */
export const take = <A>(bytes: number, value: A): Instruction<A, never> => ({ _tag: "Take", bytes, value })

/** Consumes nothing and fails. */
export const fail = <E>(error: E): Instruction<never, E> => ({ _tag: "Fail", error })

/** Turns the step for one message into the step for the next of many: `None` where the stream ends between two messages. */
export const orNone =
  <A, E>(step: Step<A, E>): Step<Option.Option<A>, E> =>
  (view, ended, offset) => {
    if (view.length === 0) {
      return ended ? take(0, Option.none()) : more(1)
    }
    const instruction = step(view, ended, offset)
    return instruction._tag === "Take" ? take(instruction.bytes, Option.some(instruction.value)) : instruction
  }

/** Messages that were received together; `undefined` at the end of the stream. */
export type Batch<A> = Chunk.Chunk<A> | undefined

/**
 * Turns the step for one message into the step for all the messages that are buffered, as one Chunk. An invalid message is
 * reported after the messages before it have been returned, and is still in the buffer then.
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
    // A message of 0 bytes would be found again for ever.
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

/** A step that throws will throw again when its message is the first. */
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
