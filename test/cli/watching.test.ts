/** What `-v` and `--json` report. On the simulated network, where no time passes by itself. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { json } from "../../src/cli/kit/event.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as TestServer from "../../src/TestServer.ts"
import { runOn } from "./inProcess.ts"

const run = (...words: ReadonlyArray<string>) =>
  SimulatedNetwork.run(
    Effect.flatMap(Network.Network, network => runOn(Layer.succeed(Network.Network, network), words)).pipe(
      Effect.provide(TestServer.layerGreeting("hello", { address: SocketAddress.unsafeInet("127.0.0.1", 80) }))
    )
  )

describe("-v", () => {
  it.live("reports each attempt to connect, with its time", () =>
    Effect.gen(function* () {
      const stderr = "connect 127.0.0.1:80: connected after 0ms\n"
      assert.deepStrictEqual(yield* run("client", "-v", "127.0.0.1", "80"), { code: 0, stdout: "hello\n", stderr })
    })
  )

  it.live("reports failed attempts too", () =>
    Effect.gen(function* () {
      const refused = "connect 127.0.0.1:81: connection refused (ECONNREFUSED)"
      const stderr = `${refused} after 0ms\n${refused}\n`
      assert.deepStrictEqual(yield* run("client", "-v", "127.0.0.1", "81"), { code: 1, stdout: "", stderr })
    })
  )
})

describe("--json", () => {
  const events = (stderr: string): unknown =>
    stderr
      .trim()
      .split("\n")
      .map(line => JSON.parse(line))

  it.live("reports the same and errors as JSON, one object per line", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run("client", "--json", "127.0.0.1", "81")
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.deepStrictEqual(events(stderr), [
        { event: "attempt", address: "127.0.0.1:81", outcome: "Refused", code: "ECONNREFUSED", millis: 0 },
        {
          event: "error",
          error: "ConnectError",
          reason: "Refused",
          code: "ECONNREFUSED",
          message: "connect 127.0.0.1:81: connection refused (ECONNREFUSED)",
          exit: 1
        }
      ])
    })
  )

  it.live("reports a wrong address and a usage error as JSON", () =>
    Effect.gen(function* () {
      assert.include((yield* run("client", "--json", "127.0.0.1", "x")).stderr, '"error":"AddressError"')
      assert.include((yield* run("client", "--json", "--frob")).stderr, '"error":"UsageError"')
    })
  )

  it("escapes text of a peer for a terminal, and parses to the same value", () => {
    const event = { event: "x", text: '\x1b[31m\x9b\x7f\u202e\n"é' }
    assert.match(json(event), /^[\x20-\x7eé]+$/)
    assert.deepStrictEqual(JSON.parse(json(event)), event)
  })
})
