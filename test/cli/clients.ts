/** Clients for the servers in the rows, made with plain `node:net`. */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import * as SocketAddress from "../../src/SocketAddress.ts"
import type { Running } from "./spawn.ts"

export type Target = net.NetConnectOpts

/** Waits until a server reports its address on stderr, and returns the address. */
export const target = (running: Running): Effect.Effect<Target> =>
  Effect.map(running.wrote("stderr", /^listening on (.*)\n/), ([, text]) => {
    const address = SocketAddress.parse(text!)
    if (address._tag === "Left") throw address.left
    const { right } = address
    return right._tag === "Unix" ? { path: right.path! } : { host: right.host, port: right.port }
  })

/** Connects, waits for the end, and returns the received text. Our half stays open until the Scope closes. */
export const greetingOf = (to: Target) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly socket: net.Socket; readonly text: string }>(resume => {
        const socket = net.connect({ ...to, allowHalfOpen: true })
        let text = ""
        socket.setEncoding("utf8").on("data", piece => {
          text += piece
        })
        const done = () => resume(Effect.succeed({ socket, text }))
        socket.on("end", done).on("error", done)
      }),
      ({ socket }) => Effect.sync(() => socket.destroy())
    ),
    ({ text }) => text
  )

export const connectAndReset = (to: Target) =>
  Effect.async<void>(resume => {
    const socket = net.connect(to, () => {
      socket.resetAndDestroy()
      resume(Effect.void)
    })
  })

/** A client that sends `sends` and waits until it has received `gets`. `leave` ends our half and waits for the end. */
export const chat = (to: Target, sends: string, gets: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<net.Socket>(resume => {
        const socket = net.connect({ ...to, allowHalfOpen: true }, () => socket.write(sends))
        let text = ""
        socket.on("error", () => {})
        socket.setEncoding("utf8").on("data", piece => {
          text += piece
          if (text === gets) resume(Effect.succeed(socket))
        })
      }),
      socket => Effect.sync(() => socket.destroy())
    ),
    socket => ({
      leave: Effect.async<void>(resume => {
        socket.on("end", () => resume(Effect.void))
        socket.end()
      })
    })
  )

/** Sends text, ends our half, and returns the received text. */
export const ask = (to: Target, sends: string) =>
  Effect.async<string>(resume => {
    const socket = net.connect({ ...to, allowHalfOpen: true }, () => socket.end(sends))
    let text = ""
    socket.setEncoding("utf8").on("data", piece => {
      text += piece
    })
    const done = () => resume(Effect.succeed(text))
    socket.on("end", done).on("error", done)
  })

/** The error code of an attempt to connect, or `connected`. */
export const refusal = (to: Target) =>
  Effect.async<string>(resume => {
    const socket = net.connect(to, () => {
      socket.destroy()
      resume(Effect.succeed("connected"))
    })
    socket.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(error.code ?? error.message)))
  })

/** Connects and returns the error code with which the connection failed, or `ended`. */
export const cut = (to: Target) =>
  Effect.async<string>(resume => {
    const socket = net.connect(to)
    socket.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(error.code ?? error.message)))
    socket.on("end", () => resume(Effect.succeed("ended"))).resume()
  })
