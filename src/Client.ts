/**
 * The lesson's client, as effects to compose into larger programs: connect, receive, close, decode. They need nothing
 * but a `Network`, and leave nothing behind, however they end.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Encoding from "./Encoding.ts"
import { isBufsize, more, take } from "./internal/receive/index.ts"
import { invalidBufsize, textStep } from "./internal/stream/index.ts"
import * as Network from "./Network.ts"
import type * as Socket from "./Socket.ts"
import * as SocketError from "./SocketError.ts"

/**
 * @since 0.1.0
 * @category options
 */
export interface Options extends Network.ConnectOptions {
  /** The most that is received at a time, in bytes: 1024 by default. */
  readonly bufsize?: number | undefined
  readonly encoding?: Encoding.Encoding | undefined
  /** What becomes of bytes that are no text: `"fail"` by default. */
  readonly onInvalid?: Encoding.OnInvalid | undefined
  /** To connect, and again for the first byte: 30 seconds by default, `Infinity` for none. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * What a client's target and its conversation can fail with.
 *
 * @since 0.1.0
 * @category errors
 */
export type ClientError<T extends Network.Target> =
  | Network.TargetError<T>
  | SocketError.ConnectError
  | SocketError.RecvError
  | SocketError.DecodeError

/**
 * The lesson: connects, receives once, closes, and decodes (`ascii` unless told) what came, as
 * `soc.recv(1024).decode('ascii')` does. A peer that ends without a byte gives `""`. Interrupted, the connection is
 * reset and nothing is left.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Client, SocketError } from "effect-sockets"
 *
 * export const program = Client.receiveOnce("server:8080", { timeout: "2 seconds" }).pipe(
 *   Effect.retry({ times: 5, while: SocketError.isRetryable })
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const receiveOnce = <T extends Network.Target>(
  target: T,
  options?: Options
): Effect.Effect<string, ClientError<T>, Network.Network> =>
  Network.withConnection(
    target,
    socket =>
      Effect.gen(function* () {
        const bufsize = options?.bufsize ?? 1024
        if (!isBufsize(bufsize)) {
          return yield* invalidBufsize(socket, bufsize)
        }
        yield* awaitBytes(socket, options?.timeout ?? "30 seconds")
        const message = yield* socket.recv(bufsize)
        yield* socket.close
        const bytes = Option.getOrElse(message, () => new Uint8Array(0))
        return yield* Encoding.decode(bytes, options?.encoding ?? "ascii", { onInvalid: options?.onInvalid })
      }),
    options
  )

/**
 * @since 0.1.0
 * @category options
 */
export interface MessageOptions<E = never, R = never> extends Options {
  /** The most that is received in all, in bytes: 1 MiB by default. */
  readonly maxBytes?: number | undefined
  /** After the first byte: no more for so long ends the message. None by default. */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** Takes each piece of text as it comes, whole characters only; then the message itself has no text. */
  readonly onText?: ((text: string) => Effect.Effect<void, E, R>) | undefined
}

/**
 * A text (empty where `onText` took it), its size in bytes, and why there is no more of it: the peer ended, it fell
 * silent (and is still there), or more came than `maxBytes` allow.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  readonly text: string
  readonly bytes: number
  readonly end: "End" | "Idle" | "MaxBytes"
}

/**
 * Connects and receives text (`utf-8` unless told) to the end of the stream, until `idleTimeout`, or as far as `maxBytes`
 * allow; then closes. Only more than `maxBytes` is `MaxBytes`: exactly so many and the end is `End`. Half a character
 * before the end or before the silence is a `DecodeError`: it is never dropped unseen.
 *
 * @since 0.1.0
 * @category constructors
 */
export const receiveMessage = <T extends Network.Target, E = never, R = never>(
  target: T,
  options?: MessageOptions<E, R>
): Effect.Effect<Message, ClientError<T> | E, Network.Network | Exclude<R, Scope.Scope>> =>
  Network.withConnection(target, socket => message(socket, options), options)

const message = <E, R>(
  socket: Socket.Socket,
  options: MessageOptions<E, R> | undefined
): Effect.Effect<Message, SocketError.RecvError | SocketError.DecodeError | E, R> =>
  Effect.gen(function* () {
    if (!isBufsize(options?.bufsize ?? 1024)) {
      return yield* invalidBufsize(socket, options?.bufsize)
    }
    yield* awaitBytes(socket, options?.timeout ?? "30 seconds")
    const maxBytes = Math.max(0, options?.maxBytes ?? 1024 * 1024) || 0
    let text = ""
    let bytes = 0
    const add = (piece: Piece) => {
      bytes += piece.bytes
      if (options?.onText !== undefined) {
        return options.onText(piece.text)
      }
      text += piece.text
      return Effect.void
    }
    while (true) {
      const step = pieceStep(maxBytes - bytes, options)
      const silent = options?.idleTimeout !== undefined && (yield* isSilentFor(socket, step, options.idleTimeout))
      const piece = yield* socket.recvWith(silent ? (view, _, offset) => step(view, true, offset) : step)
      if (Option.isSome(piece) && piece.value.bytes === 0) {
        return { text, bytes, end: "MaxBytes" }
      }
      if (Option.isSome(piece)) {
        yield* add(piece.value)
      }
      if (Option.isNone(piece) || silent) {
        return { text, bytes, end: silent ? "Idle" : "End" }
      }
    }
  })

interface Piece {
  readonly text: string
  readonly bytes: number
}

/** The next piece of text; one of no bytes where the next character is more than there is left. */
const pieceStep = (left: number, options: Options | undefined) => {
  const bufsize = Math.max(1, Math.min(left, options?.bufsize ?? 1024))
  const step = textStep(bufsize, options?.encoding ?? "utf-8", options?.onInvalid, (text, bytes) => ({ text, bytes }))
  return (...seen: Parameters<typeof step>): ReturnType<typeof step> => {
    const next = step(...seen)
    return next._tag === "Take" && next.bytes > left ? take(0, Option.some({ text: "", bytes: 0 })) : next
  }
}

/** Waits for a byte or the end, and takes nothing: a limit that passes meanwhile can lose nothing. */
const arrival = (socket: Socket.Socket): Effect.Effect<void, SocketError.RecvError> =>
  socket.recvWith((view, ended) => (view.length > 0 || ended ? take(0, undefined) : more(1)))

/** Whether `step` has to wait for so long: half a character is no character. Takes nothing either. */
const isSilentFor = <A, E>(socket: Socket.Socket, step: Socket.Step<A, E>, limit: Duration.DurationInput) =>
  Effect.map(
    Effect.timeoutOption(
      socket.recvWith((...seen) => (step(...seen)._tag === "More" ? more(seen[0].length + 1) : take(0, undefined))),
      limit
    ),
    Option.isNone
  )

const awaitBytes = (
  socket: Socket.Socket,
  limit: Duration.DurationInput
): Effect.Effect<void, SocketError.RecvError> => {
  const { localAddress, remoteAddress } = socket
  const duration = Duration.decode(limit)
  return Duration.isFinite(duration)
    ? Effect.timeoutFail(arrival(socket), {
        duration,
        onTimeout: () =>
          new SocketError.RecvError({
            reason: "TimedOut",
            localAddress,
            remoteAddress,
            by: "timeout",
            timeout: duration
          })
      })
    : arrival(socket)
}
