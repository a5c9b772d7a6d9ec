/** The replies of a Redis server. */
import * as Data from "effect/Data"

/** The error of a command. It is a value and not a failure, so that the replies to the other commands are returned too. */
export class Refused extends Data.TaggedClass("Refused")<{ readonly message: string }> {}

export type Reply = string | number | null | Uint8Array | Refused | ReadonlyArray<Reply>

/** The received bytes are not a reply, so the start of the next reply is unknown. */
export class BadReply extends Data.TaggedError("BadReply")<{ readonly what: string }> {
  override get message() {
    return `bad reply: ${this.what}`
  }
}

/** A whole reply and where it ends, or the least number of bytes of an incomplete reply, or what is wrong. */
export type Found = Data.TaggedEnum<{
  Whole: { readonly reply: Reply; readonly end: number }
  Part: { readonly atLeast: number }
  Bad: { readonly what: string }
}>
export const { Bad, Part, Whole } = Data.taggedEnum<Found>()
