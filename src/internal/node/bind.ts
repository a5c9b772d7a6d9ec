/**
 * Binds and listens: on an address, on a stale Unix path, or on an inherited descriptor.
 *
 * @internal
 */
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as SocketAddress from "../../SocketAddress.ts"
import { ListenError } from "../../SocketError.ts"
import { hostOf } from "../address/index.ts"
import type { BoundOptions } from "../connect/index.ts"
import { accessDenied, listenReason } from "../error/index.ts"
import { inetOf } from "./addresses.ts"
import { errnoOf } from "./errno.ts"
import { cannotSet, canSet } from "./socketOptions.ts"
import { nodeMark } from "./source.ts"
import { inheritedPath, removeStale, withMode } from "./unixPath.ts"
import { noInterface, withZone } from "./zone.ts"

/**
 * True if Node's permission model forbids the network (Node 25 and later: `--permission` without `--allow-net`). Older
 * versions cannot forbid the network, although `permission.has("net")` returns false there.
 */
const isForbidden = (): boolean =>
  process.permission !== undefined &&
  process.allowedNodeEnvironmentFlags.has("--allow-net") &&
  !process.permission.has("net")

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)

/** True if Node knows the option `reusePort`. Older versions ignore it. */
const canReusePort = major > 22 || (major === 22 && minor >= 12)

/** The connections that Node has accepted before `onConnection` was called, by server. */
const early = new WeakMap<net.Server, Array<net.Socket>>()

/** Calls `use` for each connection that the server accepts or has accepted. */
export const onConnection = (server: net.Server, use: (socket: net.Socket) => void): void => {
  const sockets = early.get(server) ?? []
  early.delete(server)
  server.on("connection", use)
  for (const socket of sockets) use(socket)
}

/** Waits until the server listens. Node throws some errors, and emits all other errors as events. */
const listening = (options: BoundOptions, listen: (server: net.Server) => void): Effect.Effect<net.Server, unknown> =>
  Effect.async(resume => {
    if (isForbidden()) {
      // If this check were missing, Node would throw the error after `listen` has returned, which would end the
      // process.
      resume(Effect.fail(Object.assign(new Error("--allow-net is missing"), { code: accessDenied })))
      return
    }
    const server = net.createServer({
      allowHalfOpen: true,
      highWaterMark: nodeMark,
      noDelay: options.noDelay,
      pauseOnConnect: true
    })
    // Node accepts from now on, and the fiber may continue later.
    const sockets: Array<net.Socket> = []
    early.set(server, sockets)
    server.on("connection", socket => {
      // An error event without a listener would end the process.
      socket.on("error", () => {})
      if (early.get(server) === sockets) sockets.push(socket)
    })
    server.once("listening", () => resume(Effect.succeed(server)))
    server.once("error", error => resume(Effect.fail(error)))
    try {
      listen(server)
    } catch (error) {
      server.close()
      resume(Effect.fail(error))
    }
  })

const attempt = (address: SocketAddress.Resolved, options: BoundOptions): Effect.Effect<net.Server, unknown> => {
  const { backlog, ipv6Only, mode, reusePort } = options
  const bound = withZone(address)
  if (bound === undefined) return Effect.fail(noInterface)
  if (bound._tag === "Inet" && !canSet(options)) return Effect.fail(cannotSet)
  if (reusePort && (bound._tag === "Unix" || !canReusePort)) return Effect.fail({ code: "EOPNOTSUPP" })
  return listening(options, server => {
    if (bound._tag === "Inet") {
      server.listen({ host: hostOf(bound), port: bound.port, backlog, ipv6Only, exclusive: true, reusePort })
      return
    }
    const path = bound.path ?? ""
    const listen = () => server.listen({ path, backlog, exclusive: true }).listening
    if (mode === undefined) {
      listen()
    } else {
      withMode(path, mode, listen)
    }
  })
}

const failed = (address: SocketAddress.Resolved, cause: unknown): ListenError => {
  const code = errnoOf(cause)
  const lost = address._tag === "Unix" && !fs.existsSync(path.dirname(address.path ?? ""))
  return new ListenError({ reason: listenReason(code, lost), address, code, cause })
}

/**
 * Binds an address and listens. If the Unix path is stale and `removeStale` is true, removes the path and retries once.
 */
export const bind = (
  address: SocketAddress.Resolved,
  options: BoundOptions
): Effect.Effect<net.Server, ListenError> => {
  if (address._tag === "Unix" && address.path === undefined) {
    return Effect.fail(new ListenError({ reason: "Unsupported", address }))
  }
  const again = (cause: unknown) =>
    options.removeStale && address._tag === "Unix" && errnoOf(cause) === "EADDRINUSE"
      ? Effect.if(removeStale(address.path ?? ""), {
          onTrue: () => attempt(address, options),
          onFalse: () => Effect.fail(cause)
        })
      : Effect.fail(cause)
  return attempt(address, options).pipe(
    Effect.catchAll(again),
    Effect.mapError(cause => failed(address, cause))
  )
}

/** Returns the address of an inherited socket. If Node reports no address, the socket is a Unix socket. */
const addressOfFd = (server: net.Server, fd: number): SocketAddress.Resolved => {
  const bound = server.address()
  const path = inheritedPath(fd)
  return bound !== null && typeof bound === "object"
    ? inetOf(bound.address, bound.port)
    : Either.getOrElse(SocketAddress.unix(path ?? ""), () => SocketAddress.unixUnnamed)
}

const isSocket = (fd: number): boolean => {
  try {
    return fs.fstatSync(fd).isSocket()
  } catch {
    return false
  }
}

export const bindFd = (
  fd: number,
  options: BoundOptions
): Effect.Effect<{ readonly server: net.Server; readonly address: SocketAddress.Resolved }, ListenError> =>
  Effect.mapBoth(
    listening(options, server => {
      if (!canSet(options)) throw cannotSet
      // The check comes first, because Node would close a descriptor that is not a socket. If Node itself used that
      // descriptor as a pipe, the process would end.
      if (!isSocket(fd)) throw Object.assign(new Error("not a socket"), { code: "ENOTSOCK" })
      server.listen({ fd, backlog: options.backlog })
    }),
    {
      onFailure: cause => {
        const code = errnoOf(cause)
        return new ListenError({ reason: listenReason(code), address: SocketAddress.unixUnnamed, fd, code, cause })
      },
      onSuccess: server => ({ server, address: addressOfFd(server, fd) })
    }
  )
