/** `pipe` and `echo` on the simulated network, in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { piping } from "../../src/cli/commands/pipe.ts"
import { Input, type Reader } from "../../src/cli/kit/input.ts"
import * as output from "../../src/cli/kit/output.ts"
import type { Signal } from "../../src/cli/kit/signal.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import { textFrom } from "../proxied.ts"
import { kept, type Options, runOn } from "./inProcess.ts"

const run = (words: ReadonlyArray<string>, options?: Options) =>
  Effect.flatMap(Network.Network, network => runOn(Layer.succeed(Network.Network, network), words, options))

/** A stdin that gives these pieces, and then ends, or stays open. */
const stdinOf = (pieces: ReadonlyArray<string>, ends = true): Reader => {
  const left = [...pieces]
  const read = Effect.suspend(() => {
    const piece = left.shift()
    if (piece !== undefined) return Effect.succeedSome(new TextEncoder().encode(piece))
    return ends ? Effect.succeedNone : Effect.never
  })
  return { size: Option.none(), read }
}

const on = (host: string) => Effect.provide(SimulatedNetwork.layerHost(host))

const farApart = { latency: "20 millis" } as const

describe("pipe", () => {
  it.live("does not report unsent bytes if a file has fewer bytes than its size says", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        yield* Effect.fork(run(["echo", "127.0.0.1"]))
        yield* Effect.sleep("1 second")
        const stdin = { ...stdinOf(["42"]), size: Option.some(4096) }
        const ended = yield* run(["pipe", "127.0.0.1"], { stdin })
        assert.deepStrictEqual(ended, { code: 0, stdout: "42", stderr: "" })
      })
    )
  )

  it.live("two pipes on two hosts transfer their stdin in both directions, also if one is late", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const answer = stdinOf(["an ", "answer"])
        const reader = { ...answer, read: Effect.delay(answer.read, "1 minute") }
        const listening = yield* Effect.fork(
          on("server")(run(["pipe", "--listen", "0.0.0.0", "808"], { stdin: reader }))
        )
        yield* Effect.sleep("1 second")
        const client = yield* run(["pipe", "server"], { stdin: stdinOf(["a ", "question"]) })
        assert.deepStrictEqual(client, { code: 0, stdout: "an answer", stderr: "" })
        const stderr = "listening on 0.0.0.0:808\n"
        assert.deepStrictEqual(yield* Fiber.join(listening), { code: 0, stdout: "a question", stderr })
      }),
      farApart
    )
  )

  it.live("--idle counts both directions: a side that only receives is not idle", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const ticks = stdinOf(["1", "2", "3", "4"])
        const stdin = { ...ticks, read: Effect.delay(ticks.read, "8 seconds") }
        const words = ["pipe", "--listen", "--eof", "ignore", "0.0.0.0", "808"]
        const listening = yield* Effect.fork(on("server")(run(words, { stdin: stdinOf([], false) })))
        yield* Effect.sleep("1 second")
        const client = yield* run(["pipe", "--eof", "ignore", "--idle", "10s", "server"], { stdin })
        assert.deepStrictEqual([client.code, client.stdout], [124, ""])
        assert.match(client.stderr, /^.*:808: idle for 10s\n$/)
        // 1 second, 4 pieces, and 10 seconds after the last one.
        assert.isAtLeast(yield* Clock.currentTimeMillis, 43_000)
        assert.isBelow(yield* Clock.currentTimeMillis, 44_000)
        // The connection is reset, so an incomplete stream cannot be taken for a complete one.
        const { code, stdout } = yield* Fiber.join(listening)
        assert.deepStrictEqual([code, stdout], [1, "1234"])
      }),
      farApart
    )
  )

  it.live("reads only as much of stdin as the peer receives, and receives only as much as stdout takes", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const mebibyte = 1024 * 1024
        let asked = 0
        const endless: Reader = {
          size: Option.none(),
          read: Effect.sync(() => {
            asked += 65536
            return Option.some(new Uint8Array(65536))
          })
        }
        const config = {
          host: Option.some("server"),
          port: Option.none(),
          eof: "half-close",
          idle: Option.none(),
          timeout: Option.none(),
          ...{ listen: false, progress: false, verbose: false, json: false }
        } as const
        const stuck = output.make({ ...kept(false).stream, write: () => {} }, kept(false).stream)
        const quiet = output.make(kept(false).stream, kept(false).stream)
        const end = (listen: boolean) =>
          piping({ ...config, listen }).pipe(
            Effect.provideService(Input, {
              isTerminal: false,
              open: Effect.succeed(listen ? stdinOf([], false) : endless)
            }),
            Effect.provideService(output.Output, listen ? stuck : quiet)
          )
        yield* Effect.fork(on("server")(end(true)))
        yield* Effect.sleep("1 second")
        yield* Effect.fork(end(false))
        yield* Effect.sleep("1 minute")
        assert.isAbove(asked, 0)
        assert.isBelow(asked, 2 * mebibyte)
      }),
      farApart
    )
  )

  /** Runs `pipe` with a peer that listens on the same host. The peer has accepted when it starts. */
  const withPeer = (
    peer: (socket: Socket.Socket) => Effect.Effect<unknown, unknown>,
    options: Options,
    words: ReadonlyArray<string> = []
  ) =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("0.0.0.0:808")
      const talking = yield* Effect.fork(Effect.scoped(Effect.flatMap(listener.accept, peer)))
      const ended = yield* run(["pipe", "127.0.0.1", ...words], options)
      return { ended, came: yield* Fiber.join(talking) }
    }).pipe(Effect.scoped)

  const late = (pieces: ReadonlyArray<string>): Reader => {
    const stdin = stdinOf(pieces)
    return { ...stdin, read: Effect.delay(stdin.read, "1 minute") }
  }

  it.live("sends all of stdin to a peer that ends first, and exits with 0", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const endsFirst = (socket: Socket.Socket) => Effect.zipRight(socket.shutdownSend, textFrom(socket))
        for (const eof of ["half-close", "close", "ignore"]) {
          const { came, ended } = yield* withPeer(endsFirst, { stdin: late(["one ", "two"]) }, ["--eof", eof])
          assert.deepStrictEqual(ended, { code: 0, stdout: "", stderr: "" })
          assert.strictEqual(came, "one two, the end")
        }
      })
    )
  )

  it.live("fails if the peer has closed and refuses bytes of stdin, after the bytes received before", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const { ended } = yield* withPeer(socket => socket.sendText("so far"), { stdin: late(["a", "b", "c"]) })
        assert.deepStrictEqual([ended.code, ended.stdout], [1, "so far"])
        assert.match(ended.stderr, /^send 127\.0\.0\.1:808: .*\n$/)
      })
    )
  )

  it.live("tells how many bytes of a file the peer refused", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const stdin = { ...late(["a", "b", "c"]), size: Option.some(3) }
        const { ended } = yield* withPeer(socket => socket.close, { stdin })
        assert.strictEqual(ended.code, 1)
        assert.match(ended.stderr, /^127\.0\.0\.1:808: [12] bytes? of stdin (was|were) not sent\nsend .*\n$/)
      })
    )
  )

  it.live(
    "when the peer ends, does not wait for a terminal; after a reset, writes the received bytes and exits with 1",
    () =>
      SimulatedNetwork.run(
        Effect.gen(function* () {
          for (const [how, code] of [
            ["close", 0],
            ["abort", 1]
          ] as const) {
            const talk = (socket: Socket.Socket) =>
              Effect.zipRight(socket.sendText("so far"), Effect.delay(socket[how], "1 second"))
            const { ended } = yield* withPeer(talk, { stdin: stdinOf([], false), isTyped: true })
            assert.deepStrictEqual([ended.code, ended.stdout], [code, "so far"])
          }
        })
      )
  )
})

describe("echo", () => {
  it.live("serves ten clients a minute for an hour, and drains", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const signal = yield* Deferred.make<Signal>()
        const words = ["echo", "0.0.0.0", "808"]
        const server = yield* Effect.fork(on("server")(run(words, { signal: Deferred.await(signal) })))
        const one = Network.withConnection("server:808", socket =>
          Effect.gen(function* () {
            yield* socket.sendText("hello")
            yield* socket.shutdownSend
            assert.strictEqual(new TextDecoder().decode(yield* socket.recvAll()), "hello")
          })
        ).pipe(Effect.retry(Schedule.spaced("1 second")))
        const minute = Effect.zipRight(Effect.replicateEffect(one, 10, { concurrency: 10 }), Effect.sleep("1 minute"))
        yield* Effect.repeatN(minute, 59)
        yield* Deferred.succeed(signal, "SIGTERM")
        const stderr = "listening on 0.0.0.0:808\n"
        assert.deepStrictEqual(yield* Fiber.join(server), { code: 0, stdout: "", stderr })
      }),
      farApart
    )
  )

  it.live("gives clients 10 seconds when it drains, then resets them", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const signal = yield* Deferred.make<Signal>()
        const server = yield* Effect.fork(run(["echo", "0.0.0.0", "808"], { signal: Deferred.await(signal) }))
        yield* Effect.sleep("1 second")
        const socket = yield* Network.connect("127.0.0.1:808")
        yield* Effect.sleep("1 second")
        yield* Deferred.succeed(signal, "SIGINT")
        const error = yield* Effect.flip(socket.recv(1))
        assert.strictEqual(error.reason, "Reset")
        assert.strictEqual(yield* Clock.currentTimeMillis, 12_000)
        const { code, stderr } = yield* Fiber.join(server)
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(stderr.split("\n"), [
          "listening on 0.0.0.0:808",
          "draining: 1 connection left; press Ctrl-C again to quit now",
          "server 0.0.0.0:808: drained: 0 finished, 1 interrupted, 0 stuck, 0 refused",
          ""
        ])
      })
    )
  )
})
