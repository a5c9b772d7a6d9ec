/** Runs the Python programs of this folder, and connects to them. Either side can listen. */
import * as path from "node:path"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { isThere, type Running, start } from "../cli/spawn.ts"
import { type Row, tcp, tcp6, unix } from "../conformance/transports.ts"

export const hasPython = isThere("python3", ["-c", "import socket, asyncio"])

/** A suffix for test titles if there is no python3. */
export const skipped = hasPython ? "" : " (skipped: no python3)"

/** Starts a program of this folder. With -B, Python writes no files next to the sources. */
export const python = (program: string, ...words: ReadonlyArray<string>): Effect.Effect<Running, never, Scope.Scope> =>
  start("python3", ["-B", path.join(import.meta.dirname, program), ...words])

/** Waits until the program has ended, checks that it has succeeded, and returns its result. */
export const found = (running: Running): Effect.Effect<Readonly<Record<string, unknown>>> =>
  Effect.map(running.ended, ({ code, stderr, stdout }) => {
    assert.deepStrictEqual([code, stderr], [0, ""])
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")
  })

/** Waits until the program listens. Returns its address, with the port that it has printed. */
export const listeningAt = (running: Running, asked: SocketAddress.Resolved): Effect.Effect<SocketAddress.Resolved> =>
  Effect.map(running.wrote("stdout", /^{"port": (\d+)}\n/), ([, port]) =>
    asked._tag === "Unix" ? asked : SocketAddress.unsafeInet(asked.host, Number(port))
  )

/** The arguments of a program for the address at which it connects or listens. */
export const wordsOf = (address: SocketAddress.Resolved): readonly [host: string, port: string] =>
  address._tag === "Unix" ? [address.path ?? "", "0"] : [address.host, String(address.port)]

/** Which side listens, and over which transport. */
export interface Way {
  /** The description in test titles. */
  readonly name: string
  readonly listens: "python" | "ours"
  readonly on: Row
  readonly skip: boolean
}

export const ways: ReadonlyArray<Way> = [tcp, tcp6, unix].flatMap(on =>
  (["python", "ours"] as const).map(listens => ({
    name: `${on.name}, ${listens === "ours" ? "we listen" : "Python listens"}${
      !hasPython ? skipped : on.skip === undefined ? "" : ` (skipped: ${on.skip})`
    }`,
    listens,
    on,
    skip: !hasPython || on.skip !== undefined
  }))
)

/** Starts a program and connects with it. Returns our socket and the program. */
export const meet = (way: Way, program: string, words: ReadonlyArray<string>, options?: Network.ConnectionOptions) =>
  Effect.gen(function* () {
    const free = yield* way.on.free
    if (way.listens === "python") {
      const running = yield* python(program, "listen", ...wordsOf(free), ...words)
      return [yield* Network.connect(yield* listeningAt(running, free), options), running] as const
    }
    const listener = yield* Network.listen(free, options)
    const running = yield* python(program, "connect", ...wordsOf(listener.address), ...words)
    const gone = Effect.flatMap(running.ended, ended =>
      Effect.dieMessage(`the program ended without connecting: ${JSON.stringify(ended)}`)
    )
    return [yield* Effect.raceFirst(listener.accept, gone), running] as const
  })

/** Receives everything. Returns the bytes, and how the stream ended. */
export const drain = (socket: Socket.Socket, bufsize: () => number = () => 65536) =>
  Effect.gen(function* () {
    const pieces: Array<Uint8Array> = []
    while (true) {
      const next = yield* Effect.either(socket.recv(bufsize()))
      if (next._tag === "Left" || next.right._tag === "None") {
        return { bytes: Buffer.concat(pieces), end: next._tag === "Left" ? next.left.reason : "End" }
      }
      pieces.push(next.right.value)
    }
  })
