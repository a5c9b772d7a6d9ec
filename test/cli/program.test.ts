/** The words of a command line, over a network that has only names: no host accepts a connection. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { definitions } from "../../src/cli/commands/index.ts"
import type { Signal } from "../../src/cli/kit/signal.ts"
import { version } from "../../src/cli/program.ts"
import * as Network from "../../src/Network.ts"
import { ConnectError, ListenError } from "../../src/SocketError.ts"
import { resolvesTo } from "../fixtures/resolving.ts"
import { runOn } from "./inProcess.ts"

const network = Layer.succeed(
  Network.Network,
  Network.make({
    hostname: Effect.succeed("lesson.test"),
    resolve: resolvesTo(["192.0.2.1"]),
    dial: address => {
      const attempt = { address, outcome: "Refused", elapsed: Duration.zero } as const
      return Effect.fail(new ConnectError({ reason: "Refused", address, attempts: [attempt] }))
    },
    listen: address => Effect.fail(new ListenError({ reason: "AddressNotAvailable", address }))
  })
)

const run = (words: ReadonlyArray<string>, isTTY = false) => runOn(network, words, { isTTY })

it("the version is that of the package", () => {
  assert.strictEqual(JSON.parse(fs.readFileSync("package.json", "utf8")).version, version)
})

it("the guide shows every command", () => {
  const guide = fs.readFileSync("docs/guide/program.md", "utf8")
  const shown = new Set(Array.from(guide.matchAll(/npx tsx src\/main\.ts (\w+)/g), match => match[1]))
  assert.deepStrictEqual(
    Object.keys(definitions).filter(name => !shown.has(name)),
    []
  )
})

describe("HOST and PORT", () => {
  const cases: ReadonlyArray<readonly [words: ReadonlyArray<string>, address: string]> = [
    [[], "lesson.test:808"],
    [["other.test"], "other.test:808"],
    [["--", "127.0.0.1", "809"], "127.0.0.1:809"],
    [["::1", "809"], "[::1]:809"],
    [["[::1]"], "[::1]:808"],
    [["unix:/run/x.sock"], "unix:/run/x.sock"],
    [["client", "809"], "client:809"],
    [["server"], "server:808"]
  ]
  it.live.each(cases)("%j are the address %s", ([words, address]) =>
    Effect.gen(function* () {
      const client = yield* run(["client", ...words])
      assert.deepStrictEqual([client.code, client.stdout], [1, ""])
      assert.include(client.stderr, `connect ${address}: connection refused`)
    })
  )

  it.live("options can be anywhere, and --log-level before the command", () =>
    Effect.gen(function* () {
      const words = ["--log-level", "debug", "client", "::1", "--once", "809", "--bufsize=1", "--timeout", "1h"]
      assert.include((yield* run(words)).stderr, "connect [::1]:809: connection refused")
    })
  )

  it.live("the server listens on the first address of the name of this machine", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* run(["server"]), {
        code: 1,
        stdout: "",
        stderr: "listen 192.0.2.1:808: address not available on this machine\n"
      })
    })
  )
})

describe("while waiting for the network, a signal", () => {
  const waiting = Network.make({
    hostname: Effect.succeed("lesson.test"),
    resolve: () => Effect.never,
    dial: () => Effect.never,
    listen: () => Effect.never
  })
  const cases: ReadonlyArray<readonly [command: string, signal: Signal, code: number]> = [
    ["client", "SIGINT", 130],
    ["client", "SIGTERM", 143],
    ["client", "SIGHUP", 129],
    ["server", "SIGINT", 0],
    ["server", "SIGTERM", 0],
    ["server", "SIGHUP", 0]
  ]
  it.live.each(cases)("%s: %s exits with %d", ([command, signal, code]) =>
    Effect.gen(function* () {
      const sent = yield* Deferred.make<Signal>()
      yield* Deferred.succeed(sent, signal)
      const ended = yield* runOn(Layer.succeed(Network.Network, waiting), [command], { signal: Deferred.await(sent) })
      assert.deepStrictEqual(ended, { code, stdout: "", stderr: "" })
    })
  )
})

it.live("a bug exits with 70 and a stack trace", () =>
  Effect.gen(function* () {
    const broken = Layer.succeed(Network.Network, {
      ...Network.make({
        hostname: Effect.dieMessage("no such thing"),
        resolve: () => Effect.never,
        dial: () => Effect.never,
        listen: () => Effect.never
      })
    })
    const ended = yield* runOn(broken, ["client"])
    assert.deepStrictEqual([ended.code, ended.stdout], [70, ""])
    assert.match(ended.stderr, /^RuntimeException: no such thing\n {4}at /)
  })
)
