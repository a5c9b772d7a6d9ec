/** The lesson: its Python client with our servers, and a matching Python server with our clients. */
import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Client from "../../src/Client.ts"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as TestServer from "../../src/TestServer.ts"
import { program, run } from "../cli/spawn.ts"
import { tcp, unix } from "../conformance/transports.ts"
import { hasPython, listeningAt, python, skipped, wordsOf } from "./python.ts"

const greeting = "Connection Established"
const greeted = { code: 0, stdout: `${greeting}\n`, stderr: "" }

const node = Effect.provide(NodeNetwork.layer)
const greeter = (message: string) =>
  Effect.provide(Layer.provideMerge(TestServer.layerGreeting(message), NodeNetwork.layer))

/** Runs the Python client of the lesson. */
const client = (address: SocketAddress.Resolved) =>
  Effect.flatMap(python("lesson_client.py", ...wordsOf(address)), running => running.ended)

describe.skipIf(!hasPython)(`the Python client of the lesson${skipped}`, () => {
  it.scopedLive("receives the greeting of TestServer, twice", () =>
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      assert.deepStrictEqual(yield* Effect.all([client(address), client(address)]), [greeted, greeted])
    }).pipe(greeter(greeting))
  )

  it.scopedLive("receives the greeting of a Listener: accept, sendText, close", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const running = yield* Effect.fork(client(listener.address))
      const socket = yield* listener.accept
      yield* socket.sendText(greeting)
      yield* socket.close
      assert.deepStrictEqual(yield* running, greeted)
    }).pipe(node)
  )

  it.scopedLive("receives the greeting of the command server", () =>
    Effect.gen(function* () {
      const server = yield* program(["server", "127.0.0.1", "0"])
      const [, port] = yield* server.wrote("stderr", /^listening on 127\.0\.0\.1:(\d+)\n$/)
      assert.deepStrictEqual(yield* client(SocketAddress.unsafeInet("127.0.0.1", Number(port))), greeted)
    })
  )

  it.scopedLive("prints an empty line if we close without sending, because recv returns b''", () =>
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      assert.deepStrictEqual(yield* client(address), { code: 0, stdout: "\n", stderr: "" })
    }).pipe(greeter(""))
  )

  it.scopedLive("receives 1024 bytes of a longer greeting, as receiveOnce does", () =>
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      const text = yield* Client.receiveOnce(address)
      assert.strictEqual(text.length, 1024)
      assert.deepStrictEqual(yield* client(address), { code: 0, stdout: `${text}\n`, stderr: "" })
    }).pipe(greeter("abcdefg".repeat(700)))
  )

  it.scopedLive("fails on a greeting that is not ASCII with the same message as our DecodeError", () =>
    Effect.gen(function* () {
      const { address } = yield* TestServer.TestServer
      const error = yield* Effect.flip(Client.receiveOnce(address))
      const ended = yield* client(address)
      assert.deepStrictEqual([ended.code, ended.stdout], [1, ""])
      assert.strictEqual(ended.stderr.trimEnd().split("\n").at(-1), `UnicodeDecodeError: ${error.message}`)
      assert.include(error.message, "can't decode byte 0xc3 in position 3")
    }).pipe(greeter("café"))
  )

  const { stdout } = spawnSync("python3", ["-c", "from socket import *; n = gethostname(); print(n, gethostbyname(n))"])
  const [name, own] = String(stdout ?? "")
    .trim()
    .split(" ")
  const isOnLoopback = own?.startsWith("127.") === true
  it.scopedLive.skipIf(!isOnLoopback)(
    `finds us by gethostname(), which is our hostname${isOnLoopback ? "" : " (skipped: the name of this machine is not on the loopback)"}`,
    () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Network.hostname, name)
        const listener = yield* Network.listen({ host: own ?? "", port: 0 })
        const running = yield* Effect.fork(
          Effect.flatMap(python("lesson_client.py", name ?? "", wordsOf(listener.address)[1]), running => running.ended)
        )
        const socket = yield* listener.accept
        yield* socket.sendText(greeting)
        yield* socket.close
        assert.deepStrictEqual(yield* running, greeted)
      }).pipe(node)
  )
})

/** Starts the Python server on a free port or path. Returns its address. */
const server = (free: SocketAddress.Resolved, message: string) =>
  Effect.flatMap(python("lesson_server.py", "listen", ...wordsOf(free), message), running => listeningAt(running, free))

describe.skipIf(!hasPython)(`a Python server for the lesson${skipped}`, () => {
  for (const on of [tcp, unix]) {
    it.scopedLive(`sends the greeting to Client: ${on.name}`, () =>
      Effect.gen(function* () {
        const address = yield* server(yield* on.free, greeting)
        assert.strictEqual(yield* Client.receiveOnce(address), greeting)
        assert.deepStrictEqual(yield* Client.receiveMessage(address), { text: greeting, bytes: 22, end: "End" })
        assert.strictEqual(yield* Client.receiveOnce(address, { bufsize: 10 }), "Connection")
      }).pipe(node)
    )
  }

  it.scopedLive("sends the greeting to the command client, with and without --once", () =>
    Effect.gen(function* () {
      const words = wordsOf(yield* server(yield* tcp.free, greeting))
      assert.deepStrictEqual(yield* run(["client", ...words]), greeted)
      assert.deepStrictEqual(yield* run(["client", "--once", ...words]), greeted)
    })
  )
})
