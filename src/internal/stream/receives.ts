/**
 * The receive functions that run a step with `recvWith`, and `sendText`, which encodes a text and calls `sendAll`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Encoding from "../../Encoding.ts"
import {
  type DecodeError,
  type EncodeError,
  LimitExceeded,
  RecvError,
  type RecvReason,
  type SendError,
  UnexpectedEnd
} from "../../SocketError.ts"
import { isOwnTimeout } from "../error/index.ts"
import { checkText } from "../option/index.ts"
import {
  bytesOf,
  fail,
  type Instruction,
  isBufsize,
  type LineError,
  limitOf,
  lineStep,
  more,
  orNone,
  type Step,
  type Terminator,
  take,
  untilStep
} from "../receive/index.ts"
import type { Connection } from "./transport.ts"

type Ends = Pick<Connection, "localAddress" | "remoteAddress">

const wrongCall = ({ localAddress, remoteAddress }: Ends, reason: RecvReason, bufsize?: unknown): RecvError =>
  new RecvError({ reason, localAddress, remoteAddress, bufsize })

export const invalidBufsize = (of: Ends, bufsize: unknown): RecvError => wrongCall(of, "InvalidBufsize", bufsize)

const peekNow =
  (bufsize: number): Step<Option.Option<Uint8Array>, never> =>
  (view, ended) =>
    view.length > 0 ? take(0, Option.some(view.slice(0, bufsize))) : ended ? take(0, Option.none()) : more(1)

const peekAll =
  (bufsize: number): Step<Option.Option<Uint8Array>, never> =>
  (view, ended, offset) =>
    view.length >= bufsize || ended ? peekNow(bufsize)(view, ended, offset) : more(bufsize)

export const peekFull = (
  connection: Connection,
  bufsize: number
): Effect.Effect<Option.Option<Uint8Array>, RecvError> =>
  !isBufsize(bufsize)
    ? Effect.fail(invalidBufsize(connection, bufsize))
    : // If the connection has failed, the bytes that arrived before can still be received. So they can be peeked too.
      Effect.catchAll(connection.recvWith(peekAll(bufsize)), error =>
        isFinal(error) ? connection.recvWith(peekNow(bufsize)) : Effect.fail(error)
      )

/**
 * True if the connection itself has failed. After any other error, only the call has failed, or the socket is closed.
 * After a timeout of this library, the connection can still be used.
 */
const isFinal = ({ by, reason }: RecvError): boolean =>
  reason !== "Busy" && reason !== "Closed" && (reason !== "TimedOut" || !isOwnTimeout(by))

/**
 * Waits for `bytes` bytes and consumes them. `result` receives all buffered bytes and makes the value that is returned.
 */
const exactly = <A>(
  connection: Connection,
  bytes: number,
  result: (view: Uint8Array) => A
): Effect.Effect<A, RecvError | UnexpectedEnd> =>
  !(Number.isSafeInteger(bytes) && bytes >= 0)
    ? Effect.fail(invalidBufsize(connection, bytes))
    : connection.recvWith((view, ended): Instruction<A, UnexpectedEnd> => {
        if (view.length >= bytes) {
          return take(bytes, result(view))
        }
        return ended ? fail(new UnexpectedEnd({ expected: bytes, available: view.length })) : more(bytes)
      })

export const recvExactly = (
  connection: Connection,
  bytes: number
): Effect.Effect<Uint8Array, RecvError | UnexpectedEnd> => exactly(connection, bytes, view => view.slice(0, bytes))

export const discard = (connection: Connection, bytes: number): Effect.Effect<void, RecvError | UnexpectedEnd> =>
  exactly(connection, bytes, () => undefined)

export const recvInto = (connection: Connection, buffer: Uint8Array): Effect.Effect<Option.Option<number>, RecvError> =>
  connection.recvWith((view, ended) => {
    // Checked again after each wait: if the memory was transferred to another thread meanwhile, the length is 0.
    if (buffer.length === 0) {
      return fail(invalidBufsize(connection, 0))
    }
    if (view.length === 0) {
      return ended ? take(0, Option.none()) : more(1)
    }
    const bytes = Math.min(view.length, buffer.length)
    buffer.set(bytes === view.length ? view : view.subarray(0, bytes))
    return take(bytes, Option.some(bytes))
  })

/** Options of `recvUntil`. */
export interface UntilOptions {
  /** The most bytes allowed before the delimiter. Default: 64 KiB. `Infinity` means no limit. */
  readonly limit?: number | undefined
  /** True if the result includes the delimiter. Default: false. */
  readonly keepDelimiter?: boolean | undefined
}

export const recvUntil = (
  connection: Connection,
  delimiter: Uint8Array | string,
  options: UntilOptions | undefined
): Effect.Effect<Uint8Array, RecvError | LimitExceeded | UnexpectedEnd> => {
  const bytes = bytesOf(delimiter)
  return bytes.length === 0
    ? Effect.fail(wrongCall(connection, "InvalidDelimiter"))
    : connection.recvWith(untilStep("recvUntil", bytes, options?.limit, options?.keepDelimiter ?? false))
}

/** Options of `recvLine` and `lines`. */
export interface LineOptions {
  /** The most bytes allowed in a line, without its terminator. Default: 64 KiB. `Infinity` means no limit. */
  readonly limit?: number | undefined
  /** The encoding of the text. Default: `utf-8`. */
  readonly encoding?: Encoding.Encoding | undefined
  /**
   * The bytes that end a line: `lf` is `\n`, `crlf` is `\r\n`, and `any` is either. With `crlf`, a `\n` without a `\r`
   * is part of the line. Default: `any`.
   */
  readonly terminator?: Terminator | undefined
}

/** Text methods accept an encoding or an options object. Checks the argument, and returns it as an options object. */
export const textOptions = <O extends object>(
  options: Encoding.Encoding | O | undefined
): O | { readonly encoding: Encoding.Encoding } | undefined => {
  const given = typeof options === "string" ? { encoding: options } : options
  if (given !== undefined) checkText(given)
  return given
}

export const recvLine = (
  connection: Connection,
  options: LineOptions | undefined
): Effect.Effect<Option.Option<string>, RecvError | LineError> =>
  connection.recvWith(
    orNone(lineStep("recvLine", options?.limit, options?.encoding ?? "utf-8", options?.terminator ?? "any"))
  )

const allLimit = 16 * 1024 * 1024

export const recvAll = (
  connection: Connection,
  options: { readonly limit?: number | undefined } | undefined
): Effect.Effect<Uint8Array, RecvError | LimitExceeded> => {
  const limit = limitOf(options?.limit, allLimit)
  return connection.recvWith((view, ended) =>
    view.length > limit
      ? fail(new LimitExceeded({ operation: "recvAll", limit }))
      : ended
        ? take(view.length, view.slice())
        : more(limit + 1)
  )
}

/** The length of the longest character in UTF-8, in bytes. */
const longestCharacter = 4

/**
 * Returns a step that receives text of at most `bufsize` bytes. If the first character alone has more bytes, the step
 * takes only that character. At the end of the stream, the step returns `None`. `result` makes the value from the text
 * and its size in bytes.
 */
export const textStep =
  <A>(
    bufsize: number,
    encoding: Encoding.Encoding,
    onInvalid: Encoding.OnInvalid | undefined,
    result: (text: string, bytes: number) => A
  ): Step<Option.Option<A>, DecodeError> =>
  (view, ended, offset) => {
    if (view.length === 0) {
      return ended ? take(0, Option.none()) : more(1)
    }
    // If `bufsize` is smaller than the next character, the loop tries greater lengths until that character fits.
    for (let length = bufsize; length <= Math.max(bufsize, longestCharacter); length++) {
      const bytes = view.length > length ? view.subarray(0, length) : view
      const final = ended && bytes.length === view.length
      const prefix = Encoding.decodePrefix(bytes, encoding, { onInvalid, ended: final, streamOffset: offset })
      if (prefix.bytesUsed > 0) {
        return take(prefix.bytesUsed, Option.some(result(prefix.text, prefix.bytesUsed)))
      }
      if (prefix.error !== undefined) {
        return fail(prefix.error)
      }
    }
    return more(view.length + 1)
  }

/** Options of `recvText`. */
export interface TextOptions {
  /** The encoding of the text. Default: `utf-8`. */
  readonly encoding?: Encoding.Encoding | undefined
  /** What to do with bytes that are not text. Default: `fail`. */
  readonly onInvalid?: Encoding.OnInvalid | undefined
}

export const recvText = (
  connection: Connection,
  bufsize: number,
  options: TextOptions | undefined
): Effect.Effect<Option.Option<string>, RecvError | DecodeError> =>
  !isBufsize(bufsize)
    ? Effect.fail(invalidBufsize(connection, bufsize))
    : connection.recvWith(textStep(bufsize, options?.encoding ?? "utf-8", options?.onInvalid, text => text))

export const sendText = (
  connection: Connection,
  text: string,
  encoding: Encoding.Encoding
): Effect.Effect<void, SendError | EncodeError> =>
  Effect.suspend(() =>
    Either.match(Encoding.encode(text, encoding), {
      onLeft: (error): Effect.Effect<void, SendError | EncodeError> => Effect.fail(error),
      onRight: bytes => connection.sendAll(bytes)
    })
  )
