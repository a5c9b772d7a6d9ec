/**
 * The polite client. While a load runs, it asks again and again, in turn on a connection kept from the beginning and on
 * a new one. It records how long each answer takes.
 */
import * as net from "node:net"
import * as tls from "node:tls"
import * as Effect from "effect/Effect"
import { median } from "simple-statistics"

/** The timeout of an answer, in milliseconds. */
const longest = 10_000

/** With `ca`, connects over TLS. Writes wait for the handshake. */
const open = (port: number, ca: string | undefined): net.Socket =>
  ca === undefined
    ? net.connect({ host: "127.0.0.1", port, noDelay: true })
    : tls.connect({ host: "127.0.0.1", port, servername: "localhost", ca }).setNoDelay()

/** Asks on `socket`. Returns the milliseconds until the answer, or `undefined` if no answer came. */
const ask = (socket: net.Socket): Effect.Effect<number | undefined> =>
  Effect.async(resume => {
    const began = performance.now()
    const done = (milliseconds: number | undefined) => {
      clearTimeout(timer)
      socket.off("data", answered).off("close", failed).off("error", failed)
      resume(Effect.succeed(milliseconds))
    }
    const answered = (bytes: Buffer) => {
      if (bytes.toString().endsWith("\n")) done(performance.now() - began)
    }
    const failed = () => done(undefined)
    const timer = setTimeout(failed, longest)
    socket.on("data", answered).on("close", failed).on("error", failed)
    socket.write("please\n")
  })

export class Polite {
  lost = 0
  private times: Array<number> = []
  private readonly port: number
  private readonly ca: string | undefined
  private readonly kept: net.Socket

  constructor(port: number, ca?: string) {
    this.port = port
    this.ca = ca
    this.kept = open(port, ca).on("error", () => {})
  }

  /** Forgets the answers so far. */
  begin(): void {
    this.lost = 0
    this.times = []
  }

  get answered(): number {
    return this.times.length
  }

  get slowest(): number {
    return Math.max(0, ...this.times)
  }

  get median(): number {
    return this.times.length === 0 ? 0 : median(this.times)
  }

  /** Asks on the kept connection. */
  readonly again = Effect.suspend(() => this.note(ask(this.kept)))

  /** Asks on a new connection. */
  readonly anew = Effect.suspend(() => {
    const socket = open(this.port, this.ca).on("error", () => {})
    return Effect.ensuring(
      this.note(ask(socket)),
      Effect.sync(() => socket.destroy())
    )
  })

  readonly leave = Effect.sync(() => this.kept.destroy())

  private note(asked: Effect.Effect<number | undefined>) {
    return Effect.map(asked, milliseconds => {
      if (milliseconds === undefined) this.lost += 1
      else this.times.push(milliseconds)
      return milliseconds !== undefined
    })
  }
}
