/**
 * Binding and listening, and the accept queue behind it: Node accepts at once and without limit, so the limit is ours.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Network from "../../Network.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { AcceptError, ListenError } from "../../SocketError.ts"
import { AcceptQueue } from "../acceptQueue.ts"
import { acceptReason, listenReason } from "../reasons.ts"
import { acceptedOf, hostOf, listeningOf } from "./addresses.ts"
import { codeOf } from "./errno.ts"
import { readableHighWaterMark } from "./source.ts"
import { NodeTransport } from "./transport.ts"
import { closeAndUnlink, fileOf } from "./unixPath.ts"

type Bound = SocketAddress.Inet | SocketAddress.Unix

/** Accepted by the kernel, not yet by us: nobody reads it, but an error of it must not end the process. */
interface Pending {
  readonly socket: net.Socket
  readonly localAddress: Bound
  readonly remoteAddress: Bound
}

const turnAway = ({ localAddress, socket }: Pending): void => {
  if (localAddress._tag === "Unix") {
    socket.destroy()
  } else {
    socket.resetAndDestroy()
  }
}

const listenOptions = (address: Bound, options: Network.BoundOptions): net.ListenOptions =>
  address._tag === "Unix"
    ? { path: address.path ?? "", backlog: options.backlog, exclusive: true }
    : {
        host: hostOf(address),
        port: address.port,
        backlog: options.backlog,
        exclusive: true
      }

const awaitListening = (server: net.Server, address: Bound, options: Network.BoundOptions) =>
  Effect.async<void, unknown>(resume => {
    server.once("listening", () => resume(Effect.void))
    server.once("error", error => resume(Effect.fail(error)))
    server.listen(listenOptions(address, options))
  })

const failed = (address: Bound, cause: unknown): ListenError => {
  const code = codeOf(cause)
  const lost = address._tag === "Unix" && !fs.existsSync(path.dirname(address.path ?? ""))
  return new ListenError({ reason: listenReason(code, lost), address, code, cause })
}

/** Acquires a listening server for the Scope. */
export const listen = (
  asked: Bound,
  options: Network.BoundOptions
): Effect.Effect<Listener.Acceptor, ListenError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      if (asked._tag === "Unix" && asked.path === undefined) {
        return Effect.fail(new ListenError({ reason: "Unsupported", address: asked }))
      }
      const server = net.createServer({
        allowHalfOpen: true,
        highWaterMark: readableHighWaterMark,
        noDelay: options.noDelay,
        pauseOnConnect: true
      })
      return Effect.matchEffect(awaitListening(server, asked, options), {
        onFailure: cause => Effect.fail(failed(asked, cause)),
        onSuccess: () => Effect.succeed(acceptorOf(server, listeningOf(server, asked), options))
      })
    }),
    acceptor => acceptor.close
  )

const acceptorOf = (server: net.Server, address: Bound, options: Network.BoundOptions): Listener.Acceptor => {
  const queue = new AcceptQueue<Pending>(options.acceptQueue, turnAway)
  const file = fileOf(address)
  server.on("connection", socket => {
    socket.on("error", () => {})
    // Both addresses are gone once the socket is destroyed.
    const [localAddress, remoteAddress] = acceptedOf(socket, address)
    queue.offer({ socket, localAddress, remoteAddress })
  })
  const end = (reason: AcceptError["reason"], cause?: unknown) =>
    queue.end(new AcceptError({ reason, address, code: codeOf(cause), cause }))
  server.on("error", cause => end(acceptReason(codeOf(cause)), cause))
  return {
    address,
    accept: own =>
      queue.accept(({ localAddress, remoteAddress, socket }) =>
        own(new NodeTransport(socket, localAddress, remoteAddress, options))
      ),
    close: Effect.suspend(() => {
      end("Closed")
      return server.listening ? closed(server, file) : Effect.void
    }),
    stats: Effect.sync(() => ({ queued: queue.queued, accepted: queue.accepted, refused: queue.refused }))
  }
}

/** `close` of Node calls back only when the last connection has gone; ours waits for the descriptor alone. */
const closed = (server: net.Server, file: ReturnType<typeof fileOf>) =>
  Effect.async<void>(resume => {
    closeAndUnlink(server, file)
    setImmediate(() => resume(Effect.void))
  })
