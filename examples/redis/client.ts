/** A client of Redis, which sends all of its commands at once, and then has a reply to each. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Framing, Network, type Socket, SocketError } from "effect-sockets"
import { type Command, resp } from "./resp.ts"

/** The next reply, which has to come. */
const reply = (socket: Socket.Socket) =>
  Effect.flatMap(
    Framing.recv(socket, resp),
    Option.match({
      onNone: () => new SocketError.UnexpectedEnd({ expected: 1, available: 0 }),
      onSome: one => Effect.succeed(one)
    })
  )

/**
 * A reply to each command, in their order: one way there and back for all of them. It receives while it sends, for a server
 * whose replies nobody takes reads no more. Interrupted or failed, the replies that are still to come are nobody's: close.
 */
export const pipeline = (socket: Socket.Socket, commands: ReadonlyArray<Command>) =>
  Effect.zipRight(
    Framing.sendMany(socket, resp, commands),
    Effect.forEach(commands, () => reply(socket)),
    { concurrent: true }
  )

/** A reply may take 5 seconds. */
export const program = (server: Network.Target, commands: ReadonlyArray<Command>) =>
  Network.withConnection(server, socket => pipeline(socket, commands), {
    timeout: "5 seconds",
    timeouts: { recvTimeout: "5 seconds", sendTimeout: "5 seconds" }
  })
