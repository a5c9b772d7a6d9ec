/** The command `proxy` on the simulated network, in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Fault from "../../src/Fault.ts"
import * as Network from "../../src/Network.ts"
import { serve } from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import type { RecvError, SendError } from "../../src/SocketError.ts"
import { textFrom } from "../proxied.ts"
import { runOn } from "./inProcess.ts"
import type { Ended } from "./spawn.ts"

type Talk = (socket: Socket.Socket) => Effect.Effect<unknown, RecvError | SendError | { readonly _tag: string }>

/** Receives until the end, and a minute later sends how many bytes it has received. */
const counts: Talk = socket =>
  Effect.flatMap(socket.recvAll(), ({ length }) => Effect.delay(socket.sendText(`${length} bytes`), "1 minute"))

interface Proxied {
  readonly client: Socket.Socket
  readonly signal: Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
  /** Removes the fault. */
  readonly heal: Effect.Effect<void>
}

/** Runs a test with a proxy and a client on one host, and the target on another host. */
const proxied = (
  words: ReadonlyArray<string>,
  talk: Talk,
  test: (proxied: Proxied) => Effect.Effect<unknown, unknown, Network.Network | Scope.Scope>,
  fault: Fault.Fault = Effect.void
) =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const network = yield* Network.Network
      const target = Effect.flatMap(Network.listen("0.0.0.0:9"), listener => serve(listener, talk))
      yield* Effect.asVoid(SimulatedNetwork.runOn("target", target))
      const signalled = yield* Deferred.make<"SIGTERM">()
      const layer = Layer.succeed(Network.Network, network)
      const signal = Deferred.await(signalled)
      const running = yield* Effect.fork(runOn(layer, ["proxy", "-4", ":80", "target:9", ...words], { signal }))
      yield* Effect.sleep("1 second")
      const faults = yield* Scope.make()
      yield* Scope.extend(fault, faults)
      const client = yield* Network.connect("127.0.0.1:80")
      yield* test({
        client,
        signal: Effect.asVoid(Deferred.succeed(signalled, "SIGTERM")),
        ended: Fiber.join(running),
        heal: Scope.close(faults, Exit.void)
      })
    })
  )

const from = "127.0.0.1:49152"
const accepted = `accepted ${from}`
const connected = "connect 10.0.0.2:9: connected after 0ms"
const joined = `connection 1: forwarding ${from} to 10.0.0.2:9`

/** Sends SIGTERM, expects exit code 0, and returns the lines on stderr after the address. */
const said = ({ ended, signal }: Proxied) =>
  Effect.gen(function* () {
    yield* signal
    const { code, stderr, stdout } = yield* ended
    assert.deepStrictEqual([code, stdout], [0, ""])
    const [first, ...rest] = stderr.split("\n").slice(0, -1)
    assert.strictEqual(first, "listening on 127.0.0.1:80")
    return rest
  })

describe("proxy", () => {
  it.live("forwards the bytes and the end of a client, and a late answer; -v reports it", () =>
    proxied(["-v"], counts, proxy =>
      Effect.gen(function* () {
        yield* proxy.client.sendText("hello")
        yield* proxy.client.shutdownSend
        assert.strictEqual(yield* textFrom(proxy.client), "5 bytes, the end")
        assert.deepStrictEqual(yield* said(proxy), [
          accepted,
          connected,
          joined,
          "connection 1: 5 bytes to the target, 7 bytes back; 0 connections open, 1 in total",
          `ended ${from}: Succeeded, 5 bytes received, 7 bytes sent, 60000ms`
        ])
      })
    )
  )

  it.live("forwards the end of the target, and the bytes that the client sends after it", () =>
    Effect.gen(function* () {
      const came = yield* Deferred.make<string>()
      const endsFirst: Talk = socket =>
        Effect.gen(function* () {
          yield* socket.sendText("hello")
          yield* socket.shutdownSend
          yield* Deferred.succeed(came, new TextDecoder().decode(yield* socket.recvAll()))
        })
      yield* proxied([], endsFirst, proxy =>
        Effect.gen(function* () {
          assert.strictEqual(yield* textFrom(proxy.client), "hello, the end")
          yield* Effect.delay(proxy.client.sendText("and more"), "1 minute")
          yield* proxy.client.shutdownSend
          assert.strictEqual(yield* Deferred.await(came), "and more")
          assert.deepStrictEqual(yield* said(proxy), [])
        })
      )
    })
  )

  it.live("if the target refuses, resets the client, reports it, and can forward the next client", () =>
    proxied(
      [],
      counts,
      proxy =>
        Effect.gen(function* () {
          assert.strictEqual(yield* textFrom(proxy.client), ", Reset")
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* proxy.heal
              const next = yield* Network.connect("127.0.0.1:80")
              yield* next.shutdownSend
              assert.strictEqual(yield* textFrom(next), "0 bytes, the end")
            })
          )
          assert.deepStrictEqual(yield* said(proxy), [
            "connection 1: connect target:9: connection refused (ECONNREFUSED); tried 10.0.0.2:9"
          ])
        }),
      Fault.refuse("target")
    )
  )

  it.live("resets the client and reports it if connecting to the target times out", () =>
    proxied(
      ["--timeout=3s"],
      counts,
      proxy =>
        Effect.gen(function* () {
          assert.strictEqual(yield* textFrom(proxy.client), ", Reset")
          assert.strictEqual(yield* Clock.currentTimeMillis, 4000)
          assert.deepStrictEqual(yield* said(proxy), [
            "connection 1: connect target:9: timed out after 3s; tried 10.0.0.2:9"
          ])
        }),
      Fault.hang("target")
    )
  )

  const cuts: Talk = socket => Effect.zipRight(socket.sendText("half a mess"), Effect.delay(socket.abort, "1 second"))
  it.live("resets the client if the target resets, after the bytes received before", () =>
    proxied(["-v"], cuts, proxy =>
      Effect.gen(function* () {
        assert.strictEqual(yield* textFrom(proxy.client), "half a mess, Reset")
        assert.deepStrictEqual((yield* said(proxy)).slice(3, 5), [
          "connection 1: recv 10.0.0.2:9: connection reset by peer (ECONNRESET)",
          "connection 1: 0 bytes to the target, 11 bytes back; 0 connections open, 1 in total"
        ])
      })
    )
  )

  it.live("resets the connection to the target if the client resets", () =>
    Effect.gen(function* () {
      const came = yield* Deferred.make<string>()
      const hears: Talk = socket => Effect.flatMap(textFrom(socket), text => Deferred.succeed(came, text))
      yield* proxied([], hears, proxy =>
        Effect.gen(function* () {
          yield* proxy.client.sendText("half a mess")
          yield* Effect.sleep("1 second")
          yield* proxy.client.abort
          assert.strictEqual(yield* Deferred.await(came), "half a mess, Reset")
          assert.deepStrictEqual(yield* said(proxy), [])
        })
      )
    })
  )

  it.live("--idle resets both connections when no byte moves in either direction", () =>
    Effect.gen(function* () {
      const came = yield* Deferred.make<string>()
      const hears: Talk = socket => Effect.flatMap(textFrom(socket), text => Deferred.succeed(came, text))
      yield* proxied(["--idle=10s", "-v"], hears, proxy =>
        Effect.gen(function* () {
          yield* Effect.repeatN(Effect.delay(proxy.client.sendText("x"), "6 seconds"), 2)
          assert.strictEqual(yield* textFrom(proxy.client), ", Reset")
          assert.strictEqual(yield* Deferred.await(came), "xxx, Reset")
          assert.strictEqual(yield* Clock.currentTimeMillis, 29_000)
          assert.deepStrictEqual((yield* said(proxy)).slice(3, 5), [
            `connection 1: ${from}: idle for 10s`,
            "connection 1: 3 bytes to the target, 0 bytes back; 0 connections open, 1 in total"
          ])
        })
      )
    })
  )

  for (const [words, limit] of [
    [[], "2m"],
    [["--half-open=8s"], "8s"]
  ] as const) {
    const silent: Talk = socket => Effect.zipRight(textFrom(socket), Effect.never)
    it.live(
      `a client that has closed is parted from a silent target after ${limit}${words.map(word => `, with ${word}`)}`,
      () =>
        proxied([...words, "-v"], silent, proxy =>
          Effect.gen(function* () {
            yield* proxy.client.sendText("x")
            yield* proxy.client.close
            yield* Effect.sleep("5 minutes")
            const [why, , ended] = (yield* said(proxy)).slice(3)
            assert.match(
              why ?? "",
              new RegExp(`^connection 1: recv 10\\.0\\.0\\.2:9: timed out after ${limit} without a byte`)
            )
            const [, millis] = /^ended .*: Succeeded, 1 byte received, 0 bytes sent, (\d+)ms$/.exec(ended ?? "") ?? []
            const timeout = Duration.toMillis(limit === "2m" ? "2 minutes" : "8 seconds")
            assert.isAtLeast(Number(millis), timeout)
            assert.isAtMost(Number(millis), timeout * 1.25 + 10)
          })
        )
    )
  }

  const greets: Talk = socket => Effect.zipRight(socket.recvExactly(24), socket.sendText("ok\r\n"))
  it.live("--hexdump shows every byte with its connection, direction and offset", () =>
    proxied(["--hexdump"], greets, proxy =>
      Effect.gen(function* () {
        yield* proxy.client.sendText("GET / HTTP/1.0\r\n")
        yield* Effect.sleep("1 second")
        yield* proxy.client.sendText("\x1b[31m\u202e")
        yield* proxy.client.shutdownSend
        assert.strictEqual(yield* textFrom(proxy.client), "ok\r\n, the end")
        assert.deepStrictEqual(yield* said(proxy), [
          "1 > 00000000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 30 0d 0a  |GET / HTTP/1.0..|",
          "1 > 00000010  1b 5b 33 31 6d e2 80 ae                          |.[31m...|",
          "1 < 00000000  6f 6b 0d 0a                                      |ok..|"
        ])
      })
    )
  )

  it.live("--json reports the same as JSON, with the counters", () =>
    proxied(["--hexdump", "--json"], greets, proxy =>
      Effect.gen(function* () {
        yield* proxy.client.sendText("hello, I am the client!\n")
        yield* proxy.client.shutdownSend
        assert.strictEqual(yield* textFrom(proxy.client), "ok\r\n, the end")
        yield* proxy.signal
        const events = (yield* proxy.ended).stderr
          .trim()
          .split("\n")
          .map(line => JSON.parse(line))
        assert.deepStrictEqual(
          events.map(({ event }) => event),
          ["listening", "accepted", "attempt", "joined", "bytes", "bytes", "bytes", "parted", "ended"]
        )
        assert.deepStrictEqual(events.slice(3, 5), [
          { event: "joined", connection: 1, from, to: "10.0.0.2:9" },
          {
            event: "bytes",
            connection: 1,
            way: "sent",
            offset: 0,
            hex: "68 65 6c 6c 6f 2c 20 49 20 61 6d 20 74 68 65 20",
            ascii: "hello, I am the "
          }
        ])
        assert.deepStrictEqual(events[7], {
          event: "parted",
          connection: 1,
          from,
          sent: 24,
          received: 4,
          open: 0,
          all: 1
        })
      })
    )
  )

  it.live("after a signal, it waits for its client, and exits with 0", () =>
    proxied([], counts, proxy =>
      Effect.gen(function* () {
        yield* proxy.signal
        yield* Effect.sleep("1 second")
        assert.strictEqual((yield* Effect.flip(Network.connect("127.0.0.1:80"))).reason, "Refused")
        yield* proxy.client.abort
        assert.deepStrictEqual(yield* said(proxy), ["draining: 1 connection left; press Ctrl-C again to quit now"])
      })
    )
  )

  it.live("after a signal, it waits 10 seconds, then resets its client", () =>
    proxied([], counts, proxy =>
      Effect.gen(function* () {
        yield* proxy.signal
        assert.strictEqual(yield* textFrom(proxy.client), ", Reset")
        assert.strictEqual(yield* Clock.currentTimeMillis, 11_000)
        assert.strictEqual((yield* said(proxy)).length, 2)
      })
    )
  )
})
