/** Makers of hostile peers: in this process, in another Node process that can be killed, or in Python. */
import type * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { isThere, start } from "../cli/spawn.ts"
import { needsProcess, type PeerName, server, visit } from "./peers.ts"

export type Told = (what: RegExp) => Effect.Effect<void>

export interface Maker {
  readonly name: string
  /** Why the maker cannot be used here. Undefined if it can. */
  readonly skip?: string | undefined
  readonly makes: (peer: PeerName | "neverAccepts") => boolean
  /** Starts a peer that listens on `path`, or on a free port of 127.0.0.1. */
  readonly serve: (
    peer: PeerName | "neverAccepts",
    path: string | undefined
  ) => Effect.Effect<{ readonly address: SocketAddress.Resolved; readonly told: Told }, never, Scope.Scope>
  /** Starts a peer that connects to `target`. It may not be connected yet. */
  readonly visit: (
    peer: PeerName,
    target: SocketAddress.Resolved
  ) => Effect.Effect<{ readonly told: Told }, never, Scope.Scope>
}

/** What a peer has reported so far, and the fibers that wait for more. */
export class Said {
  private readonly words: Array<string> = []
  private readonly waiting = new Set<() => void>()

  readonly tell = (what: string): void => {
    this.words.push(what)
    for (const look of this.waiting) look()
  }

  /** Waits until a report matches `what`. Returns the match. */
  readonly heard = (what: RegExp): Effect.Effect<RegExpExecArray> =>
    Effect.async(resume => {
      const look = () => {
        const match = this.words.map(word => what.exec(word)).find(match => match !== null)
        if (match) {
          this.waiting.delete(look)
          resume(Effect.succeed(match))
        }
      }
      this.waiting.add(look)
      look()
      return Effect.sync(() => this.waiting.delete(look))
    })

  readonly told: Told = what => Effect.asVoid(this.heard(what))
}

export const addressOf = (path: string | undefined, port: number): SocketAddress.Resolved =>
  path === undefined ? SocketAddress.unsafeInet("127.0.0.1", port) : SocketAddress.unsafeUnix(path)

export const targetOf = (address: SocketAddress.Resolved) =>
  address._tag === "Unix" ? { path: address.path ?? "" } : { host: address.host, port: address.port }

/** Listens until the Scope closes. The close waits until all connections of the server have ended. */
const listening = (server: net.Server, path: string | undefined) =>
  Effect.acquireRelease(
    Effect.async<number>(resume => {
      const ready = () => resume(Effect.succeed(path === undefined ? (server.address() as net.AddressInfo).port : 0))
      if (path === undefined) {
        server.listen(0, "127.0.0.1", ready)
      } else {
        server.listen(path, ready)
      }
    }),
    () => Effect.async<void>(resume => void server.close(() => resume(Effect.void)))
  )

export const here: Maker = {
  name: "node:net",
  makes: peer => !needsProcess(peer),
  serve: (peer, path) =>
    Effect.gen(function* () {
      const said = new Said()
      const sockets = new Set<net.Socket>()
      if (peer === "neverAccepts") {
        return yield* Effect.dieMessage("a server in this process always accepts")
      }
      const serving = server(peer, said).on("connection", socket => sockets.add(socket))
      const port = yield* listening(serving, path)
      yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach(socket => void socket.destroy())))
      return { address: addressOf(path, port), told: said.told }
    }),
  visit: (peer, target) =>
    Effect.gen(function* () {
      const said = new Said()
      yield* Effect.acquireRelease(
        Effect.sync(() => visit(peer, targetOf(target), said)),
        socket => Effect.sync(() => socket.destroy())
      )
      return { told: said.told }
    })
}

/** Starts a process. The Scope kills it and waits until it has ended. */
const process = (command: readonly [string, ...ReadonlyArray<string>], args: ReadonlyArray<string>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.gen(function* () {
        const life = yield* Scope.make()
        const [file, ...words] = command
        return { life, running: yield* Scope.extend(start(file, [...words, ...args]), life) }
      }),
      ({ life, running }) => Effect.zipRight(Scope.close(life, Exit.void), running.ended)
    ),
    ({ running }) => running
  )

const told =
  (running: Effect.Effect.Success<ReturnType<typeof process>>): Told =>
  what =>
    Effect.asVoid(running.wrote("stdout", new RegExp(what.source, "m")))

const ofProcess = (
  name: string,
  command: readonly [string, ...ReadonlyArray<string>],
  makes: Maker["makes"],
  skip?: string
): Maker => ({
  name,
  skip,
  makes,
  serve: (peer, path) =>
    Effect.gen(function* () {
      const running = yield* process(command, [peer, "serve", path ?? "tcp"])
      const [, port] = yield* running.wrote("stdout", /^listening (\d*)\n/)
      return { address: addressOf(path, Number(port)), told: told(running) }
    }),
  visit: (peer, target) =>
    Effect.gen(function* () {
      const where = target._tag === "Unix" ? (target.path ?? "") : String(target.port)
      return { told: told(yield* process(command, [peer, "visit", where])) }
    })
})

export const killed: Maker = ofProcess(
  "node:net in another process",
  [globalThis.process.execPath, "--import", "tsx", "test/hostile/alone.ts"],
  needsProcess
)

export const python: Maker = ofProcess(
  "Python's socket",
  ["python3", "test/hostile/peers.py"],
  () => true,
  isThere("python3", ["-c", "import socket"]) ? undefined : "no python3"
)

export const makers = [here, killed, python]
