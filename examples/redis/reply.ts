/** What a Redis server answers. */
import * as Data from "effect/Data"

/** A command that failed. It is a value, for the replies of other commands come beside it. */
export class Refused extends Data.TaggedClass("Refused")<{ readonly message: string }> {}

export type Reply = string | number | null | Uint8Array | Refused | ReadonlyArray<Reply>

/** What came is no reply, and what follows it cannot be told apart. */
export class BadReply extends Data.TaggedError("BadReply")<{ readonly what: string }> {
  override get message() {
    return `bad reply: ${this.what}`
  }
}

/** A reply that ends there; or, of one that is not whole yet, how many bytes it has at least; or what is wrong. */
export type Found = Data.TaggedEnum<{
  Whole: { readonly reply: Reply; readonly end: number }
  Part: { readonly atLeast: number }
  Bad: { readonly what: string }
}>
export const { Bad, Part, Whole } = Data.taggedEnum<Found>()
