/**
 * The polite client: while the load runs it asks again and again, on a connection that it has kept from the beginning
 * and on a new one each time, and notes how long each answer took.
 */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import { median } from "simple-statistics"

/** An answer that takes longer is none. */
const longest = 10_000

const open = (port: number) => net.connect({ host: "127.0.0.1", port, noDelay: true })

/** Milliseconds until the answer, or nothing if it did not come. */
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
  private readonly kept: net.Socket

  constructor(port: number) {
    this.port = port
    this.kept = open(port).on("error", () => {})
  }

  /** What was before does not count. */
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

  /** On the connection that is kept. */
  readonly again = Effect.suspend(() => this.note(ask(this.kept)))

  /** On a new one. */
  readonly anew = Effect.suspend(() => {
    const socket = open(this.port).on("error", () => {})
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
