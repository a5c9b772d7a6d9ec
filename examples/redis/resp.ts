/** RESP, the protocol of Redis, as a framing that sends commands and receives replies. */
import * as Either from "effect/Either"
import { Framing, Socket, SocketError } from "effect-sockets"
import { parse } from "./parse.ts"
import { BadReply, type Reply } from "./reply.ts"

export type Command = ReadonlyArray<string | Uint8Array>

/** Consumes whole replies only. */
const step: Socket.Step<Reply, BadReply | SocketError.UnexpectedEnd> = (view, ended) => {
  const found = parse(view)
  if (found._tag === "Whole") return Socket.take(found.end, found.reply)
  if (found._tag === "Bad") return Socket.fail(new BadReply({ what: found.what }))
  return ended
    ? Socket.fail(new SocketError.UnexpectedEnd({ expected: found.atLeast, available: view.length }))
    : Socket.more(found.atLeast)
}

const bytesOf = (word: string | Uint8Array) => (typeof word === "string" ? new TextEncoder().encode(word) : word)

/** The length of each word is sent before it, so that a word may contain any byte. */
const encode = (command: Command) => {
  const words = command.map(bytesOf).flatMap(word => [bytesOf(`$${word.length}\r\n`), word, bytesOf("\r\n")])
  return Either.right([bytesOf(`*${command.length}\r\n`), ...words])
}

export const resp = Framing.make<Reply, BadReply | SocketError.UnexpectedEnd, never, Command>({
  step: () => step,
  encode
})
