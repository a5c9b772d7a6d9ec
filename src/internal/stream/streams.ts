/**
 * A socket as a Stream (receiving), as a Sink (sending), and as a Channel (both).
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
import {
  type Batch,
  type LineError,
  limitOf,
  lineLimit,
  linesStep,
  more,
  repeated,
  type Step,
  take
} from "../receive/index.ts"
import type { LineOptions } from "./receives.ts"
import type { Connection } from "./transport.ts"

/** In bytes: the most bytes that Node reads from a connection at once. */
export const bufsize = 64 * 1024

const chunkOf = (received: Option.Option<Uint8Array>): Batch<Uint8Array> =>
  Option.isNone(received) ? undefined : Chunk.of(received.value)

export const stream = (connection: Connection): Stream.Stream<Uint8Array, RecvError> =>
  repeated(connection.recv(bufsize), chunkOf)

export const lines = (
  connection: Connection,
  options: LineOptions | undefined
): Stream.Stream<string, RecvError | LineError> =>
  repeated(
    connection.recvWith(
      linesStep(limitOf(options?.limit, lineLimit), options?.encoding ?? "utf-8", options?.terminator ?? "any")
    ),
    batch => batch
  )

const send = (connection: Connection, chunk: Chunk.Chunk<Uint8Array>): Effect.Effect<void, SendError> =>
  connection.sendAll(chunk.length === 1 ? Chunk.unsafeHead(chunk) : Chunk.toReadonlyArray(chunk))

export const sink = (connection: Connection): Sink.Sink<void, Uint8Array, never, SendError> =>
  Sink.forEachChunk(chunk => send(connection, chunk))

/** A step that waits for a byte or the end of the stream, and consumes nothing. */
export const arrival: Step<void, never> = (view, ended) => (view.length > 0 || ended ? take(0, undefined) : more(1))

export const channel = <IE>(
  connection: Connection
): Channel.Channel<Chunk.Chunk<Uint8Array>, Chunk.Chunk<Uint8Array>, RecvError | SendError | IE, IE, void, unknown> =>
  Channel.suspend(() => {
    const failed = Deferred.unsafeMake<never, SendError | IE>(FiberId.none)
    /** Fails the receiving direction with this cause, and stops the sending direction. */
    const failWith = (cause: Cause.Cause<SendError | IE>) =>
      Effect.zipRight(Deferred.failCause(failed, cause), Effect.interrupt)
    const input: SingleProducerAsyncInput.AsyncInputProducer<IE, Chunk.Chunk<Uint8Array>, unknown> = {
      awaitRead: () => Effect.void,
      emit: chunk => Effect.catchAllCause(send(connection, chunk), failWith),
      done: () => Effect.catchAllCause(connection.shutdownSend, failWith),
      error: failWith
    }
    // If bytes are buffered, `recv` does not wait. So no race with a failure of the sending direction is needed. A race
    // costs more than all other work here.
    const receiving = Effect.flatMap(Effect.zip(connection.stats, Deferred.poll(failed)), ([stats, failure]) =>
      Option.isSome(failure)
        ? failure.value
        : stats.bytesBuffered > 0
          ? connection.recv(bufsize)
          : Effect.zipRight(
              Effect.raceFirst(connection.recvWith(arrival), Deferred.await(failed)),
              connection.recv(bufsize)
            )
    )
    return Channel.embedInput(Stream.toChannel(repeated(receiving, chunkOf)), input)
  })
