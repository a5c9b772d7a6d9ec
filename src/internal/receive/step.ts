/**
 * Steps: functions that look at the buffered bytes and decide what a receive does. Public as part of `Socket`.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Option from "effect/Option"

/**
 * The decision of a step. `More`: the receive waits until `atLeast` bytes are buffered or the stream ends. `Take`: the
 * receive consumes `bytes` bytes and returns `value`. `Fail`: the receive consumes nothing and fails with `error`.
 */
export type Instruction<A, E> =
  | { readonly _tag: "More"; readonly atLeast: number }
  | { readonly _tag: "Take"; readonly bytes: number; readonly value: A }
  | { readonly _tag: "Fail"; readonly error: E }

/**
 * Looks at all buffered bytes and decides what the receive does. If a step returns `More`, it runs again when `atLeast`
 * bytes are buffered. When the stream has ended, the step runs a last time with `ended` true. The view is valid only
 * until the step returns: copy the bytes that you keep. `offset` is the position of the view in the stream, in bytes. A
 * step must be synchronous, and must not change anything outside itself.
 */
export type Step<A, E> = (view: Uint8Array, ended: boolean, offset: number) => Instruction<A, E>

/**
 * The receive waits until `atLeast` bytes, and at least one new byte, are buffered or the stream ends. Then it runs the
 * step again. A step must not return `more` when `ended` is true. If a step does so, the receive dies.
 */
export const more = (atLeast: number): Instruction<never, never> => ({ _tag: "More", atLeast })

/** The receive consumes the first `bytes` bytes of the view (0 is allowed) and returns `value`. */
export const take = <A>(bytes: number, value: A): Instruction<A, never> => ({ _tag: "Take", bytes, value })

/** The receive consumes nothing and fails with `error`. */
export const fail = <E>(error: E): Instruction<never, E> => ({ _tag: "Fail", error })

/** Turns a step for one message into a step that returns `None` if the stream ends between two messages. */
export const orNone =
  <A, E>(step: Step<A, E>): Step<Option.Option<A>, E> =>
  (view, ended, offset) => {
    if (view.length === 0) {
      return ended ? take(0, Option.none()) : more(1)
    }
    const instruction = step(view, ended, offset)
    return instruction._tag === "Take" ? take(instruction.bytes, Option.some(instruction.value)) : instruction
  }

/** Messages that were received together. `undefined` at the end of the stream. */
export type Batch<A> = Chunk.Chunk<A> | undefined

/**
 * Turns a step for one message into a step that takes all buffered messages as one Chunk. The messages before an
 * invalid message are returned first. The next receive reports the invalid message, which stays buffered.
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
    // A message of 0 bytes is refused, because the loop would find it again forever.
    if (!isMessage(first, view)) {
      throw new Error(`a step of a stream must take 1 to ${view.length} bytes for a message, not ${first.bytes}`)
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

/**
 * Runs the step. Returns `undefined` if the step throws. The next receive runs the step again and reports the defect.
 */
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
