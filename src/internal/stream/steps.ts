/**
 * The receiving and sending methods that are built of a transport's own.
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
import { bytesOf, type LineError, limitOf, lineStep, orNone, type Terminator, untilStep } from "../receive/delimited.ts"
import { fail, type Instruction, more, type Step, take } from "../receive/step.ts"
import type { Transport } from "./transport.ts"

export const isBufsize = (bufsize: number): boolean => Number.isSafeInteger(bufsize) && bufsize > 0

type Ends = Pick<Transport, "localAddress" | "remoteAddress">

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

export const peekFull = (transport: Transport, bufsize: number): Effect.Effect<Option.Option<Uint8Array>, RecvError> =>
  !isBufsize(bufsize)
    ? Effect.fail(invalidBufsize(transport, bufsize))
    : // After a reset the bytes before it can still be received, so they can be looked at too.
      Effect.catchAll(transport.recvWith(peekAll(bufsize)), error =>
        isFinal(error) ? transport.recvWith(peekNow(bufsize)) : Effect.fail(error)
      )

/** Of the connection, not of this call. A limit of ours leaves the connection as it is. */
const isFinal = ({ by, reason }: RecvError): boolean =>
  reason !== "Busy" && reason !== "Closed" && (reason !== "TimedOut" || by === undefined || by === "kernel")

/** Waits for `bytes` bytes, and takes them as `result` makes of them. */
const exactly = <A>(
  transport: Transport,
  bytes: number,
  result: (view: Uint8Array) => A
): Effect.Effect<A, RecvError | UnexpectedEnd> =>
  !(Number.isSafeInteger(bytes) && bytes >= 0)
    ? Effect.fail(invalidBufsize(transport, bytes))
    : transport.recvWith((view, ended): Instruction<A, UnexpectedEnd> => {
        if (view.length >= bytes) {
          return take(bytes, result(view))
        }
        return ended ? fail(new UnexpectedEnd({ expected: bytes, available: view.length })) : more(bytes)
      })

export const recvExactly = (
  transport: Transport,
  bytes: number
): Effect.Effect<Uint8Array, RecvError | UnexpectedEnd> => exactly(transport, bytes, view => view.slice(0, bytes))

export const discard = (transport: Transport, bytes: number): Effect.Effect<void, RecvError | UnexpectedEnd> =>
  exactly(transport, bytes, () => undefined)

export const recvInto = (transport: Transport, buffer: Uint8Array): Effect.Effect<Option.Option<number>, RecvError> =>
  transport.recvWith((view, ended) => {
    // Each time: its memory may have been transferred while we waited.
    if (buffer.length === 0) {
      return fail(invalidBufsize(transport, 0))
    }
    if (view.length === 0) {
      return ended ? take(0, Option.none()) : more(1)
    }
    const bytes = Math.min(view.length, buffer.length)
    buffer.set(bytes === view.length ? view : view.subarray(0, bytes))
    return take(bytes, Option.some(bytes))
  })

/** Public as part of `Socket`. */
export interface UntilOptions {
  /** How many bytes may stand before the delimiter: 64 KiB by default, `Infinity` for any number. */
  readonly limit?: number | undefined
  /** Gives the delimiter too, at the end. Off by default. */
  readonly keepDelimiter?: boolean | undefined
}

export const recvUntil = (
  transport: Transport,
  delimiter: Uint8Array | string,
  options: UntilOptions | undefined
): Effect.Effect<Uint8Array, RecvError | LimitExceeded | UnexpectedEnd> => {
  const bytes = bytesOf(delimiter)
  return bytes.length === 0
    ? Effect.fail(wrongCall(transport, "InvalidDelimiter"))
    : transport.recvWith(untilStep("recvUntil", bytes, options?.limit, options?.keepDelimiter ?? false))
}

/** Public as part of `Socket`. */
export interface LineOptions {
  /** How many bytes a line may have, without what ends it: 64 KiB by default, `Infinity` for any number. */
  readonly limit?: number | undefined
  /** `utf-8` by default. */
  readonly encoding?: Encoding.Encoding | undefined
  /** What ends a line: `lf`, `crlf` (then a line feed alone is part of it), or, by default, `any` of the two. */
  readonly terminator?: Terminator | undefined
}

export const recvLine = (
  transport: Transport,
  options: LineOptions | undefined
): Effect.Effect<Option.Option<string>, RecvError | LineError> =>
  transport.recvWith(
    orNone(lineStep("recvLine", options?.limit, options?.encoding ?? "utf-8", options?.terminator ?? "any"))
  )

const allLimit = 16 * 1024 * 1024

export const recvAll = (
  transport: Transport,
  options: { readonly limit?: number | undefined } | undefined
): Effect.Effect<Uint8Array, RecvError | LimitExceeded> => {
  const limit = limitOf(options?.limit, allLimit)
  return transport.recvWith((view, ended) =>
    view.length > limit
      ? fail(new LimitExceeded({ operation: "recvAll", limit }))
      : ended
        ? take(view.length, view.slice())
        : more(limit + 1)
  )
}

/** The longest character of utf-8, in bytes. */
const longestCharacter = 4

/** The text of at most `bufsize` bytes, at least one character, with how many bytes it was; none at the end. */
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
    // A character that is longer than bufsize comes alone.
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

export const recvText = (
  transport: Transport,
  bufsize: number,
  encoding: Encoding.Encoding,
  onInvalid: Encoding.OnInvalid | undefined
): Effect.Effect<Option.Option<string>, RecvError | DecodeError> =>
  !isBufsize(bufsize)
    ? Effect.fail(invalidBufsize(transport, bufsize))
    : transport.recvWith(textStep(bufsize, encoding, onInvalid, text => text))

export const sendText = (
  transport: Transport,
  text: string,
  encoding: Encoding.Encoding
): Effect.Effect<void, SendError | EncodeError> =>
  Effect.suspend(() =>
    Either.match(Encoding.encode(text, encoding), {
      onLeft: (error): Effect.Effect<void, SendError | EncodeError> => Effect.fail(error),
      onRight: bytes => transport.sendAll(bytes)
    })
  )
