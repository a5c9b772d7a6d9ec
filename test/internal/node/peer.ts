/**
 * Peers on plain `node:net`, for behavior that our own sockets never show.
 */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A server on a free port of 127.0.0.1, or on a path. The Scope destroys its connections. */
export const server = (
  onConnection: (socket: net.Socket) => void,
  options: net.ServerOpts & { readonly path?: string } = {}
): Effect.Effect<{ readonly host: string; readonly port: number }, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly server: net.Server; readonly sockets: Set<net.Socket> }>(resume => {
        const sockets = new Set<net.Socket>()
        const server = net.createServer({ allowHalfOpen: true, ...options }, socket => {
          sockets.add(socket)
          socket.on("error", () => {})
          onConnection(socket)
        })
        const listening = () => resume(Effect.succeed({ server, sockets }))
        if (options.path === undefined) {
          server.listen(0, "127.0.0.1", listening)
        } else {
          server.listen(options.path, listening)
        }
      }),
      ({ server, sockets }) =>
        Effect.async<void>(resume => {
          for (const socket of sockets) {
            socket.destroy()
          }
          server.close(() => resume(Effect.void))
        })
    ),
    ({ server }) => {
      const address = server.address()
      return { host: "127.0.0.1", port: typeof address === "object" && address !== null ? address.port : 0 }
    }
  )

/** A connected client on plain `node:net`. The Scope destroys it. */
export const client = (
  target: { readonly host: string; readonly port: number } | { readonly path: string }
): Effect.Effect<net.Socket, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<net.Socket>(resume => {
      const socket = net.connect({ ...target, allowHalfOpen: true })
      // A connection that is reset right after it was accepted may emit an error instead.
      socket.on("error", () => resume(Effect.succeed(socket)))
      socket.once("connect", () => resume(Effect.succeed(socket)))
    }),
    socket => Effect.sync(() => socket.destroy())
  )

/** Waits for the next event of this name. */
export const event = (socket: net.Socket, name: "close" | "end" | "error" | "drain"): Effect.Effect<unknown> =>
  Effect.async(resume => {
    socket.once(name, value => resume(Effect.succeed(value)))
  })

/** Waits for `n` turns of the event loop, so that pending events have been handled. */
export const turns = (n: number): Effect.Effect<void> =>
  n === 0
    ? Effect.void
    : Effect.flatMap(
        Effect.async<void>(resume => {
          setImmediate(() => resume(Effect.void))
        }),
        () => turns(n - 1)
      )

/** Waits until `holds` returns true. Fails after a bounded number of turns of the event loop. */
export const until = (what: string, holds: () => boolean, left = 20_000): Effect.Effect<void> =>
  holds()
    ? Effect.void
    : left === 0
      ? Effect.dieMessage(`never: ${what}`)
      : Effect.flatMap(turns(1), () => until(what, holds, left - 1))
