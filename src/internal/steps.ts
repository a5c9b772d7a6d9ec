/**
 * The receiving and sending methods that are built of a transport's own.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Encoding from "../Encoding.ts"
import type { Instruction, Step, Transport } from "../Socket.ts"
import { type DecodeError, type EncodeError, RecvError, type SendError, UnexpectedEnd } from "../SocketError.ts"
import { fail, more, take } from "./instruction.ts"

export const isBufsize = (bufsize: number): boolean => Number.isSafeInteger(bufsize) && bufsize > 0

export const invalidBufsize = (of: Pick<Transport, "localAddress" | "remoteAddress">, bufsize: unknown): RecvError =>
  new RecvError({
    reason: "InvalidBufsize",
    localAddress: of.localAddress,
    remoteAddress: of.remoteAddress,
    bufsize
  })

const peekNow =
  (bufsize: number): Step<Option.Option<Uint8Array>, never> =>
  (view, ended) =>
    view.length > 0 ? take(0, Option.some(view.slice(0, bufsize))) : ended ? take(0, Option.none()) : more(1)

const peekAll =
  (bufsize: number): Step<Option.Option<Uint8Array>, never> =>
  (view, ended, offset) =>
    view.length >= bufsize || ended ? peekNow(bufsize)(view, ended, offset) : more(bufsize)

export const peek = (transport: Transport, bufsize: number): Effect.Effect<Option.Option<Uint8Array>, RecvError> =>
  !isBufsize(bufsize)
    ? Effect.fail(invalidBufsize(transport, bufsize))
    : // After a reset the bytes before it can still be received, so they can be looked at too.
      Effect.catchAll(transport.receive(peekAll(bufsize)), error =>
        error.reason === "Busy" || error.reason === "Closed" ? Effect.fail(error) : transport.receive(peekNow(bufsize))
      )

export const recvExactly = (
  transport: Transport,
  bytes: number
): Effect.Effect<Uint8Array, RecvError | UnexpectedEnd> =>
  !(Number.isSafeInteger(bytes) && bytes >= 0)
    ? Effect.fail(invalidBufsize(transport, bytes))
    : transport.receive((view, ended): Instruction<Uint8Array, UnexpectedEnd> => {
        if (view.length >= bytes) {
          return take(bytes, view.slice(0, bytes))
        }
        return ended ? fail(new UnexpectedEnd({ expected: bytes, available: view.length })) : more(bytes)
      })

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
    for (const length of [bufsize, longestCharacter]) {
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
    : transport.receive(textStep(bufsize, encoding, onInvalid, text => text))

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
