/** A Redis client. It sends all commands at once and receives a reply to each. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Framing, Network, type Socket, SocketError, Tls } from "effect-sockets"
import { type Command, resp } from "./resp.ts"

/** Receives the next reply. Fails with `UnexpectedEnd` if the connection has ended. */
const reply = (socket: Socket.Socket) =>
  Effect.flatMap(
    Framing.recv(socket, resp),
    Option.match({
      onNone: () => new SocketError.UnexpectedEnd({ expected: 1, available: 0 }),
      onSome: one => Effect.succeed(one)
    })
  )

/**
 * Sends all commands and returns their replies in order, in one round trip. It receives while it sends, because a server
 * stops reading if its replies are not received. After a failure or an interruption, unread replies may follow, so close
 * the connection.
 */
export const pipeline = (socket: Socket.Socket, commands: ReadonlyArray<Command>) =>
  Effect.zipRight(
    Framing.sendMany(socket, resp, commands),
    Effect.forEach(commands, () => reply(socket)),
    { concurrent: true }
  )

/** The connect, each receive and each send have a timeout of 5 seconds. */
const limits = {
  timeout: "5 seconds",
  timeouts: { recvTimeout: "5 seconds", sendTimeout: "5 seconds" }
} satisfies Network.ConnectOptions

/** Connects and sends the commands. */
export const program = (server: Network.Target, commands: ReadonlyArray<Command>) =>
  Network.withConnection(server, socket => pipeline(socket, commands), limits)

/** Does the same over TLS. The certificate of the server must be valid for the host of `server`, or for `name`. */
export const programTls = (
  server: Network.Target,
  commands: ReadonlyArray<Command>,
  options?: Pick<Tls.ConnectOptions, "context" | "name">
) => Effect.scoped(Effect.flatMap(Tls.connect(server, { ...limits, ...options }), socket => pipeline(socket, commands)))
