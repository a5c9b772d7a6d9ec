/**
 * What a step can decide. Public as part of `Socket`.
 *
 * @internal
 */
import type { Instruction } from "../Socket.ts"

export const more = (atLeast: number): Instruction<never, never> => ({ _tag: "More", atLeast })

export const take = <A>(bytes: number, value: A): Instruction<A, never> => ({ _tag: "Take", bytes, value })

export const fail = <E>(error: E): Instruction<never, E> => ({ _tag: "Fail", error })
