/** Each command once, over real sockets. The tables of rows have all other cases. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Client from "../../src/Client.ts"
import type * as input from "../../src/cli/kit/input.ts"
import type * as Listener from "../../src/Listener.ts"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as Server from "../../src/Server.ts"
import type * as Socket from "../../src/Socket.ts"
import { type Options, runOn } from "./inProcess.ts"

const run = (words: ReadonlyArray<string>, options?: Options) => runOn(NodeNetwork.layer, words, options)

const portOf = ({ address }: Listener.Listener): string =>
  address._tag === "Inet" ? `${address.port}` : assert.fail("no port")

/** Starts a server for a command that connects, and returns its port. */
const serving = (handler: (socket: Socket.Socket) => Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:0")
    yield* Effect.forkScoped(Server.serve(listener, handler))
    return portOf(listener)
  })

/** Runs a command that listens, and `use` with its port. Then sends SIGTERM, and expects exit code 0. */
const whileItRuns = <A, E, R>(words: ReadonlyArray<string>, use: (port: string) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const signal = yield* Deferred.make<"SIGTERM">()
    const listening = yield* Deferred.make<string>()
    const noted = (stderr: string) => {
      const [, port] = /listening on .*:(\d+)\n/.exec(stderr) ?? []
      if (port !== undefined) Deferred.unsafeDone(listening, Effect.succeed(port))
    }
    const running = yield* Effect.fork(run(words, { signal: Deferred.await(signal), noted }))
    const used = yield* use(yield* Deferred.await(listening))
    yield* Deferred.succeed(signal, "SIGTERM")
    const { code, stderr } = yield* Fiber.join(running)
    assert.strictEqual(code, 0, stderr)
    return used
  })

/** A stdin that contains this text. */
const typed = (text: string): input.Reader => {
  let rest = Option.some<Uint8Array>(new TextEncoder().encode(text))
  return {
    size: Option.none(),
    read: Effect.sync(() => {
      const chunk = rest
      rest = Option.none()
      return chunk
    })
  }
}

const echo = (socket: Socket.Socket) => Effect.flatMap(socket.recvAll(), bytes => socket.sendAll(bytes))

/** Sends a line, and returns what is received until the end. */
const exchange = (port: string) =>
  Network.withConnection(`127.0.0.1:${port}`, socket =>
    Effect.zipRight(
      socket.sendText("hello\n"),
      Effect.zipRight(
        socket.shutdownSend,
        Effect.map(socket.recvAll(), bytes => new TextDecoder().decode(bytes))
      )
    )
  )

describe("over real sockets", () => {
  const test = (name: string, effect: Effect.Effect<unknown, unknown, Network.Network | Scope.Scope>) =>
    it.scopedLive(name, () => Effect.provide(effect, NodeNetwork.layer))

  test(
    "client prints what the server sends",
    Effect.gen(function* () {
      const port = yield* serving(socket => socket.sendText("hello\n"))
      assert.deepStrictEqual(yield* run(["client", "127.0.0.1", port]), { code: 0, stdout: "hello\n", stderr: "" })
    })
  )

  test(
    "server sends its text to a client",
    Effect.gen(function* () {
      const receive = (port: string) => Client.receiveOnce(`127.0.0.1:${port}`)
      const text = yield* whileItRuns(["server", "127.0.0.1", "0"], receive)
      assert.strictEqual(text, "Connection Established")
    })
  )

  test(
    "pipe sends stdin and prints what it receives",
    Effect.gen(function* () {
      const port = yield* serving(echo)
      const ended = yield* run(["pipe", "127.0.0.1", port], { stdin: typed("hello\n") })
      assert.deepStrictEqual(ended, { code: 0, stdout: "hello\n", stderr: "" })
    })
  )

  test(
    "echo sends back what it receives",
    Effect.gen(function* () {
      assert.strictEqual(yield* whileItRuns(["echo", "127.0.0.1", "0"], exchange), "hello\n")
    })
  )

  test(
    "proxy forwards both directions",
    Effect.gen(function* () {
      const target = yield* serving(echo)
      assert.strictEqual(yield* whileItRuns(["proxy", "127.0.0.1:0", `127.0.0.1:${target}`], exchange), "hello\n")
    })
  )

  test(
    "scan finds the open port",
    Effect.gen(function* () {
      const port = yield* serving(() => Effect.void)
      const { code, stdout } = yield* run(["scan", "127.0.0.1", port])
      assert.strictEqual(code, 0)
      assert.match(stdout, new RegExp(`^${port}\\b.*open`, "m"))
    })
  )

  test(
    "resolve looks up a name",
    Effect.map(run(["resolve", "localhost"]), ({ code, stdout }) => {
      assert.strictEqual(code, 0)
      assert.match(stdout, /127\.0\.0\.1|::1/)
    })
  )

  test(
    "hostinfo describes this machine",
    Effect.map(run(["hostinfo"]), ({ code, stdout }) => {
      assert.strictEqual(code, 0)
      assert.match(stdout, /^hostname +\S/m)
    })
  )
})
