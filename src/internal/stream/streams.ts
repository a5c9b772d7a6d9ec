/**
 * A socket as a Stream of what it receives, as a Sink of what it sends, and as a Channel of both.
 *
 * @internal
 */
import type * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as SingleProducerAsyncInput from "effect/SingleProducerAsyncInput"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import type { RecvError, SendError } from "../../SocketError.ts"
import { type Batch, repeated } from "../receive/repeated.ts"
import { more, type Step, take } from "../receive/step.ts"
import type { Transport } from "./transport.ts"

/** As much as the system gives at a time. */
export const bufsize = 64 * 1024

const chunkOf = (received: Option.Option<Uint8Array>): Batch<Uint8Array> =>
  Option.isNone(received) ? undefined : Chunk.of(received.value)

export const stream = (transport: Transport): Stream.Stream<Uint8Array, RecvError> =>
  repeated(transport.recv(bufsize), chunkOf)

const send = (transport: Transport, chunk: Chunk.Chunk<Uint8Array>): Effect.Effect<void, SendError> =>
  transport.sendAll(chunk.length === 1 ? Chunk.unsafeHead(chunk) : Chunk.toReadonlyArray(chunk))

export const sink = (transport: Transport): Sink.Sink<void, Uint8Array, never, SendError> =>
  Sink.forEachChunk(chunk => send(transport, chunk))

/** Waits for a byte or the end, and takes nothing. */
const arrival: Step<void, never> = (view, ended) => (view.length > 0 || ended ? take(0, undefined) : more(1))

export const channel = <IE>(
  transport: Transport
): Channel.Channel<Chunk.Chunk<Uint8Array>, Chunk.Chunk<Uint8Array>, RecvError | SendError | IE, IE, void, unknown> =>
  Channel.suspend(() => {
    const failed = Deferred.unsafeMake<never, SendError | IE>(FiberId.none)
    /** Fails the other direction, and goes on no more. */
    const failWith = (cause: Cause.Cause<SendError | IE>) =>
      Effect.zipRight(Deferred.failCause(failed, cause), Effect.interrupt)
    const input: SingleProducerAsyncInput.AsyncInputProducer<IE, Chunk.Chunk<Uint8Array>, unknown> = {
      awaitRead: () => Effect.void,
      emit: chunk => Effect.catchAllCause(send(transport, chunk), failWith),
      done: () => Effect.catchAllCause(transport.shutdownSend, failWith),
      error: failWith
    }
    // Where there is something to receive, nothing is raced: that costs more than the rest of it.
    const receiving = Effect.flatMap(Effect.zip(transport.stats, Deferred.poll(failed)), ([stats, failure]) =>
      Option.isSome(failure)
        ? failure.value
        : stats.bytesBuffered > 0
          ? transport.recv(bufsize)
          : Effect.zipRight(
              Effect.raceFirst(transport.recvWith(arrival), Deferred.await(failed)),
              transport.recv(bufsize)
            )
    )
    return Channel.embedInput(Stream.toChannel(repeated(receiving, chunkOf)), input)
  })
