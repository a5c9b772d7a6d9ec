/**
 * A step of a receive, and what it can decide. Public as part of `Socket`.
 *
 * @internal
 */

/**
 * What a step decides about the bytes that it was shown: wait until at least so many are buffered, take so many of
 * them and return a value, or consume nothing and fail.
 */
export type Instruction<A, E> =
  | { readonly _tag: "More"; readonly atLeast: number }
  | { readonly _tag: "Take"; readonly bytes: number; readonly value: A }
  | { readonly _tag: "Fail"; readonly error: E }

/**
 * Looks at all that is buffered and decides. It is run again when more has come, and a last time with `ended` true.
 * The view is valid only until the step returns: copy what you keep. `offset` is how many bytes of the stream were
 * consumed before it. A step is synchronous and changes nothing outside itself.
 */
export type Step<A, E> = (view: Uint8Array, ended: boolean, offset: number) => Instruction<A, E>

/**
 * Waits until `atLeast` bytes are buffered in all, or the end. After the end there is no more: a step that asks then is a
 * bug, and dies.
 */
export const more = (atLeast: number): Instruction<never, never> => ({ _tag: "More", atLeast })

/** Consumes the first `bytes` of the view, which may be none, and returns `value`. */
export const take = <A>(bytes: number, value: A): Instruction<A, never> => ({ _tag: "Take", bytes, value })

/** Consumes nothing and fails. */
export const fail = <E>(error: E): Instruction<never, E> => ({ _tag: "Fail", error })
