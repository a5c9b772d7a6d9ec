/**
 * Listens and accepts. Node accepts every connection at once, so the accept queue limits how many connections wait.
 *
 * @internal
 */
import type * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import { AcceptError, type ListenError } from "../../SocketError.ts"
import { AcceptQueue, reporter } from "../accept/index.ts"
import type { BoundOptions, Driver } from "../connect/index.ts"
import { acceptReason } from "../error/index.ts"
import { WireTransport } from "../stream/index.ts"
import { acceptedOf, listeningOf } from "./addresses.ts"
import { bind, bindFd, onConnection } from "./bind.ts"
import { isStarved, oneIsLeft, reserve } from "./descriptors.ts"
import { errnoOf } from "./errno.ts"
import { setOptions } from "./socketOptions.ts"
import { closeAndUnlink, fileOf } from "./unixPath.ts"
import { NodeWire } from "./wire.ts"

/** A server that listens, its address, and the file of its Unix path. */
interface Listening {
  readonly server: net.Server
  readonly address: SocketAddress.Resolved
  readonly file: ReturnType<typeof fileOf>
}

/** A connection that Node has accepted and that no `accept` has returned. No byte of it has been read. */
interface Pending {
  readonly socket: net.Socket
  readonly localAddress: SocketAddress.Resolved
  readonly remoteAddress: SocketAddress.Resolved
}

const refuse = ({ localAddress, socket }: Pending): void => {
  if (localAddress._tag === "Unix") {
    socket.destroy()
  } else {
    socket.resetAndDestroy()
  }
}

const acceptorOf = (
  { address, file, server }: Listening,
  options: BoundOptions,
  runtime: Runtime.Runtime<never>
): Listener.Acceptor => {
  const report = reporter(runtime, address)
  const release = reserve()
  const queue = new AcceptQueue<Pending>({
    address,
    capacity: options.acceptQueue,
    open: ({ localAddress, remoteAddress, socket }) =>
      new WireTransport(feed => new NodeWire(socket, localAddress, remoteAddress, feed), options),
    refuse,
    close: Effect.suspend(() => {
      release()
      return server.listening ? closed(server, file) : Effect.void
    })
  })
  onConnection(server, socket => {
    // The addresses are read now, because a destroyed socket has no addresses.
    const [localAddress, remoteAddress] = acceptedOf(socket, address)
    const pending = { socket, localAddress, remoteAddress }
    try {
      if (localAddress._tag === "Inet") setOptions(socket, options)
    } catch {
      // The peer may have reset the connection already. The first receive tells that.
    }
    if (oneIsLeft()) {
      queue.offer(pending)
    } else {
      report(queue.starve(pending))
    }
  })
  server.on("error", cause => {
    const code = errnoOf(cause)
    const error = new AcceptError({ reason: acceptReason(code), address, code, cause })
    if (isStarved(cause)) {
      report(queue.starve())
    } else if (server.listening) {
      // Only one connection has failed (`accept(2)` lists these errors). Node continues to accept.
      queue.fail(error)
    } else {
      queue.end(error)
    }
  })
  return queue
}

/**
 * Stops listening. Waits only until the listening descriptor is closed. The callback of `server.close` would run only
 * after the last connection has closed.
 */
const closed = (server: net.Server, file: Listening["file"]) =>
  Effect.async<void>(resume => {
    closeAndUnlink(server, file)
    setImmediate(() => resume(Effect.void))
  })

/** Listens until the Scope closes. */
const acquire = (
  listening: Effect.Effect<Listening, ListenError>,
  options: BoundOptions
): Effect.Effect<Listener.Acceptor, ListenError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.zipWith(Effect.runtime<never>(), listening, (runtime, listening) => acceptorOf(listening, options, runtime)),
    acceptor => acceptor.close
  )

export const listen: Driver["listen"] = (asked, options) =>
  acquire(
    Effect.map(bind(asked, options), server => {
      const address = listeningOf(server, asked)
      return { server, address, file: fileOf(address) }
    }),
    options
  )

/**
 * Listens on an inherited socket. There is no `file`: Node does not remove the path of an inherited socket, and the
 * path belongs to the process that created it.
 */
export const listenFd: NonNullable<Driver["listenFd"]> = (fd, options) =>
  acquire(
    Effect.map(bindFd(fd, options), bound => ({ ...bound, file: undefined })),
    options
  )
