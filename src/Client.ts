/**
 * Clients in one call: `receiveOnce` and `receiveMessage` connect, receive, decode and close. They leave no connection
 * open, whether they succeed, fail or are interrupted. `receiveOnceFrom` and `receiveMessageFrom` receive from a socket
 * that is connected already, and leave it open.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Encoding from "./Encoding.ts"
import { defaultTimeout } from "./internal/connect/index.ts"
import { callback, checked, checkText, count, duration } from "./internal/option/index.ts"
import { isBufsize, more, take } from "./internal/receive/index.ts"
import { arrival, invalidBufsize, textStep } from "./internal/stream/index.ts"
import { timeoutOption } from "./internal/waiting/index.ts"
import * as Network from "./Network.ts"
import type * as Socket from "./Socket.ts"
import * as SocketError from "./SocketError.ts"

/**
 * Options of `receiveOnceFrom`.
 *
 * @since 0.1.0
 * @category options
 */
export interface ReceiveOptions {
  /** The most bytes of one receive. `receiveMessage` also accepts one longer character. Default: 1024. */
  readonly bufsize?: number | undefined
  /** The encoding of the text. Default: `utf-8`, but `ascii` for `receiveOnce` and `receiveOnceFrom`. */
  readonly encoding?: Encoding.Encoding | undefined
  /** What happens to bytes that are not valid text. Default: `fail`. */
  readonly onInvalid?: Encoding.OnInvalid | undefined
  /** The time that the first byte may take. Default: 30 seconds. `Infinity` means no timeout. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * Options of `receiveOnce`.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options extends Network.ConnectOptions, ReceiveOptions {
  /**
   * The time that connecting may take, and then the time that the first byte may take. Default: 30 seconds for each.
   * `Infinity` means no timeout.
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * The errors of `receiveOnce` and `receiveMessage`, besides those of `onText`.
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
 * Connects, receives once, closes, and decodes the received bytes. Returns the text. If the peer ends without sending a
 * byte, the text is `""`. Waits until the first byte arrives or the peer ends. If neither happens within `timeout`,
 * fails with `RecvError` (`TimedOut`). An interruption resets the connection. Default encoding: `ascii`. Python:
 * `soc.recv(1024).decode('ascii')`.
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
  checked(
    () => checkText(options ?? {}),
    () =>
      Network.withConnection(
        target,
        socket =>
          Effect.flatMap(Effect.zipLeft(receiveBytes(socket, options), socket.close), bytes =>
            decodeBytes(bytes, options)
          ),
        options
      )
  )

/**
 * Receives once from a connected socket, for example one with TLS, and decodes the received bytes. It returns, waits
 * and fails as `receiveOnce` does. The socket stays open. An interruption while it waits consumes nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const receiveOnceFrom = (
  socket: Socket.Socket,
  options?: ReceiveOptions
): Effect.Effect<string, SocketError.RecvError | SocketError.DecodeError> =>
  checked(
    () => checkText(options ?? {}),
    () => Effect.flatMap(receiveBytes(socket, options), bytes => decodeBytes(bytes, options))
  )

const receiveBytes = (socket: Socket.Socket, options: ReceiveOptions | undefined) =>
  Effect.gen(function* () {
    const bufsize = options?.bufsize ?? 1024
    if (!isBufsize(bufsize)) {
      return yield* invalidBufsize(socket, bufsize)
    }
    yield* awaitBytes(socket, options?.timeout ?? defaultTimeout)
    return Option.getOrElse(yield* socket.recv(bufsize), () => new Uint8Array(0))
  })

const decodeBytes = (bytes: Uint8Array, options: ReceiveOptions | undefined) =>
  Encoding.decode(bytes, options?.encoding ?? "ascii", { onInvalid: options?.onInvalid })

/**
 * Options of `receiveMessageFrom`.
 *
 * @since 0.1.0
 * @category options
 */
export interface ReceiveMessageOptions<E = never, R = never> extends ReceiveOptions {
  /** The most bytes of the message. Default: 1 MiB. */
  readonly maxBytes?: number | undefined
  /** After the first byte, the message ends when no whole character has arrived for this long. Default: no timeout. */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /**
   * Called with each piece of text as it arrives. A piece has whole characters only. With `onText`, the `text` of the
   * returned message is empty.
   */
  readonly onText?: ((text: string) => Effect.Effect<void, E, R>) | undefined
}

/**
 * Options of `receiveMessage`.
 *
 * @since 0.1.0
 * @category options
 */
export interface MessageOptions<E = never, R = never> extends Options, ReceiveMessageOptions<E, R> {
  /**
   * The time that connecting may take, and then the time that the first byte may take. Default: 30 seconds for each.
   * `Infinity` means no timeout.
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * A received message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  /** The text. Empty with `onText`. */
  readonly text: string
  /** The number of bytes that were received and decoded. With `onText`, it includes the bytes of all pieces. */
  readonly bytes: number
  /**
   * Why the message ended. `End`: the peer ended. `Idle`: no whole character arrived for `idleTimeout`, and the peer
   * had not ended. `MaxBytes`: more than `maxBytes` bytes arrived.
   */
  readonly end: "End" | "Idle" | "MaxBytes"
}

/**
 * Connects, receives text until the peer ends, and closes. Returns the message. Stops early after `idleTimeout`, or
 * after the last whole character within `maxBytes` bytes. If exactly `maxBytes` bytes arrive and then the peer ends,
 * the message ends with `End`. If the end or the idle timeout comes inside a character and `onInvalid` is `fail`, fails
 * with `DecodeError`. An interruption resets the connection. Default encoding: `utf-8`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const receiveMessage = <T extends Network.Target, E = never, R = never>(
  target: T,
  options?: MessageOptions<E, R>
): Effect.Effect<Message, ClientError<T> | E, Network.Network | Exclude<R, Scope.Scope>> =>
  checked(
    () => checkMessage(options),
    () => Network.withConnection(target, socket => message(socket, options), options)
  )

/**
 * Receives text from a connected socket, for example one with TLS, until the peer ends. It returns, waits and fails as
 * `receiveMessage` does. The socket stays open. An interruption while it waits consumes no byte of the next piece.
 *
 * @since 0.1.0
 * @category constructors
 */
export const receiveMessageFrom = <E = never, R = never>(
  socket: Socket.Socket,
  options?: ReceiveMessageOptions<E, R>
): Effect.Effect<Message, SocketError.RecvError | SocketError.DecodeError | E, R> =>
  checked(
    () => checkMessage(options),
    () => message(socket, options)
  )

const checkMessage = <E, R>(options: ReceiveMessageOptions<E, R> | undefined): void => {
  checkText(options ?? {})
  maxBytesOf(options)
  callback("onText", options?.onText)
  if (options?.idleTimeout !== undefined) duration("idleTimeout", options.idleTimeout)
}

const maxBytesOf = (options: { readonly maxBytes?: number | undefined } | undefined): number =>
  count("maxBytes", options?.maxBytes, 1024 * 1024)

const message = <E, R>(
  socket: Socket.Socket,
  options: ReceiveMessageOptions<E, R> | undefined
): Effect.Effect<Message, SocketError.RecvError | SocketError.DecodeError | E, R> =>
  Effect.gen(function* () {
    if (!isBufsize(options?.bufsize ?? 1024)) {
      return yield* invalidBufsize(socket, options?.bufsize)
    }
    yield* awaitBytes(socket, options?.timeout ?? defaultTimeout)
    const maxBytes = maxBytesOf(options)
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

/**
 * Returns a step (see `Socket.recvWith`) that takes the next piece of text, at most `left` bytes. If the next character
 * is longer than `left` bytes, the piece has 0 bytes.
 */
const pieceStep = (left: number, options: ReceiveOptions | undefined) => {
  const bufsize = Math.max(1, Math.min(left, options?.bufsize ?? 1024))
  const step = textStep(bufsize, options?.encoding ?? "utf-8", options?.onInvalid, (text, bytes) => ({ text, bytes }))
  return (...seen: Parameters<typeof step>): ReturnType<typeof step> => {
    const next = step(...seen)
    return next._tag === "Take" && next.bytes > left ? take(0, Option.some({ text: "", bytes: 0 })) : next
  }
}

/** Returns true if `step` still asks for more bytes after the timeout. Consumes nothing. */
const isSilentFor = <A, E>(socket: Socket.Socket, step: Socket.Step<A, E>, timeout: Duration.DurationInput) =>
  Effect.map(
    timeoutOption(
      Effect.interruptible(
        socket.recvWith((...seen) => (step(...seen)._tag === "More" ? more(seen[0].length + 1) : take(0, undefined)))
      ),
      timeout
    ),
    Option.isNone
  )

/** Waits until a byte arrives or the stream ends. Consumes nothing, so a timeout loses no byte. */
const awaitBytes = (
  socket: Socket.Socket,
  timeout: Duration.DurationInput
): Effect.Effect<void, SocketError.RecvError> => {
  const { localAddress, remoteAddress } = socket
  const duration = Duration.decode(timeout)
  const timedOut = { reason: "TimedOut", localAddress, remoteAddress, by: "timeout", timeout: duration } as const
  return Duration.isFinite(duration)
    ? Effect.flatMap(timeoutOption(Effect.interruptible(socket.recvWith(arrival)), duration), arrived =>
        Option.isSome(arrived) ? Effect.void : new SocketError.RecvError(timedOut)
      )
    : socket.recvWith(arrival)
}
