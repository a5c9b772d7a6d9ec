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
        // Without `--eof ignore`, the end of this stdin would end the listening pipe before its late answer.
        const client = yield* run(["pipe", "--eof", "ignore", "server"], { stdin: stdinOf(["a ", "question"]) })
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

  it.live("ends when the peer ends, without waiting for stdin; a reset exits with 1 after the received bytes", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const listener = yield* Network.listen("0.0.0.0:808")
        const talk = (how: "close" | "abort") =>
          Effect.fork(
            Effect.scoped(
              Effect.gen(function* () {
                const socket = yield* listener.accept
                yield* socket.sendText("so far")
                yield* Effect.sleep("1 second")
                yield* socket[how]
              })
            )
          )
        for (const [how, code] of [
          ["close", 0],
          ["abort", 1]
        ] as const) {
          yield* talk(how)
          const ended = yield* run(["pipe", "127.0.0.1"], { stdin: stdinOf([], false) })
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
