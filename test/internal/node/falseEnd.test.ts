/** A peer that passes descriptors with its messages, as `socket.send_fds` of Python does, and closes. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import type * as Socket from "../../../src/Socket.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"

const node = Effect.provide(NodeNetwork.layer)

/** Sends 200 messages of 100 bytes, each with a descriptor, and closes. */
const send = "for i in range(200): socket.send_fds(c, [bytes([i]) * 100], [0])\nc.close()"
const sent = Array.from({ length: 20_000 }, (_, at) => Math.floor(at / 100))

const connects = `import socket, sys
c = socket.socket(socket.AF_UNIX); c.connect(sys.argv[1])
${send}`

const accepts = `import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print("ready", flush=True)
c, _ = s.accept()
${send}`

const free = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "ends-"))),
    folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  ),
  folder => path.join(folder, "x.sock")
)

const python = (program: string, path: string) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn("python3", ["-c", program, path], { stdio: ["ignore", "pipe", "inherit"] })),
    process => Effect.sync(() => process.kill())
  )

const receivers: ReadonlyArray<
  readonly [string, (socket: Socket.Socket) => Effect.Effect<ReadonlyArray<number>, unknown>]
> = [
  ["recvAll", socket => Effect.map(socket.recvAll(), bytes => [...bytes])],
  ["the stream", socket => Effect.map(Stream.runCollect(socket.stream), chunks => [...chunks].flatMap(c => [...c]))],
  ["recvAll after our own end", socket => Effect.zipRight(socket.shutdownSend, receivers[0]![1](socket))],
  ["recvExactly", socket => Effect.map(socket.recvExactly(20_000), bytes => [...bytes])]
]

describe("if a peer passes descriptors with its messages and closes, all its bytes come before the end", () => {
  for (const [name, receive] of receivers) {
    it.scopedLive(`on a socket that we connected (${name})`, () =>
      Effect.gen(function* () {
        const path = yield* free
        const peer = yield* python(accepts, path)
        yield* Effect.async<void>(resume => {
          peer.stdout.once("data", () => resume(Effect.void))
        })
        const socket = yield* Network.connect(SocketAddress.unsafeUnix(path), { highWaterMark: 128 })
        assert.deepStrictEqual(yield* receive(socket), sent)
      }).pipe(node)
    )

    it.scopedLive(`on a socket that we accepted (${name})`, () =>
      Effect.gen(function* () {
        const path = yield* free
        const listener = yield* Network.listen(SocketAddress.unsafeUnix(path), { highWaterMark: 128 })
        const peer = yield* python(connects, path)
        // The peer has closed before we begin to read.
        yield* Effect.async<void>(resume => {
          peer.once("exit", () => resume(Effect.void))
        })
        const socket = yield* listener.accept
        assert.deepStrictEqual(yield* receive(socket), sent)
      }).pipe(node)
    )
  }
})
