/**
 * Decodes messages in any Stream of bytes, such as a file, the output of a child process or a response body.
 *
 * @internal
 */
import * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Stream from "effect/Stream"
import { type Batch, ByteQueue, owned, type Step } from "../receive/index.ts"
import { batch, type Framing } from "./framing.ts"

/** The bytes that were read and not decoded yet, and the step that decodes them. */
class Decoder<A, E> {
  private readonly queue = new ByteQueue()
  private readonly step: Step<Batch<A>, E>
  private offset = 0
  /** The step runs only if this many bytes are in the queue, or at the end of the stream. */
  private needed = 1

  constructor(step: Step<Batch<A>, E>) {
    this.step = step
  }

  push(bytes: Uint8Array): void {
    this.queue.push(owned(bytes))
  }

  /**
   * Returns the messages that have arrived completely, or the error of the step. `messages` is `undefined` if the step
   * asks for more, or if the stream has ended and has no message left.
   */
  next(ended: boolean): { readonly messages: Batch<A> } | { readonly error: E } {
    const { queue } = this
    if (!ended && queue.size < this.needed) return { messages: undefined }
    const instruction = this.step(queue.view(), ended, this.offset)
    switch (instruction._tag) {
      case "Fail":
        return { error: instruction.error }
      case "Take":
        queue.drop(instruction.bytes)
        this.offset += instruction.bytes
        this.needed = 1
        return { messages: instruction.value }
      case "More": {
        if (ended) throw new Error("a step must not ask for more after the end of the stream")
        this.needed = Math.max(instruction.atLeast, queue.size + 1)
        return { messages: undefined }
      }
    }
  }
}

type Decoding<A, E, E2> = Channel.Channel<Chunk.Chunk<A>, Chunk.Chunk<Uint8Array>, E | E2, E2, unknown, unknown>

/** Emits the messages in the bytes read so far. When no complete message is left, continues with `rest`. */
const emit = <A, E, E2>(decoder: Decoder<A, E>, ended: boolean, rest: Decoding<A, E, E2>): Decoding<A, E, E2> =>
  Channel.suspend((): Decoding<A, E, E2> => {
    const result = decoder.next(ended)
    if ("error" in result) return Channel.fail(result.error)
    return result.messages === undefined
      ? rest
      : Channel.zipRight(Channel.write(result.messages), emit(decoder, ended, rest))
  })

export const decodeStream = <E2, R, A, E>(
  stream: Stream.Stream<Uint8Array, E2, R>,
  framing: Framing<A, E, unknown, never>
): Stream.Stream<A, E | E2, R> =>
  Stream.pipeThroughChannel(
    stream,
    Channel.suspend(() => {
      const decoder = new Decoder(batch(framing))
      const read: Decoding<A, E, E2> = Channel.readWith({
        onInput: (input: Chunk.Chunk<Uint8Array>) => {
          for (const bytes of input) decoder.push(bytes)
          return emit(decoder, false, read)
        },
        onFailure: (error: E2) => Channel.fail(error),
        onDone: () => emit<A, E, E2>(decoder, true, Channel.void)
      })
      return read
    })
  )
