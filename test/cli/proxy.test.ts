/** The command `proxy` on the simulated network, in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
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

/** Says how much came, when that has ended, and when it has slept. */
const counts: Talk = socket =>
  Effect.flatMap(socket.recvAll(), ({ length }) => Effect.delay(socket.sendText(`${length} bytes`), "1 minute"))

interface Proxied {
  readonly client: Socket.Socket
  readonly signal: Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
  /** Ends the fault. */
  readonly heal: Effect.Effect<void>
}

/** The proxy is on the host that the test runs on, and so is the client; the target is on another. */
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
const joined = `connection 1: ${from} to 10.0.0.2:9`

/** What it says until it is told to end, which has to be quietly and with 0. */
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
  it.live("passes on what a client sends and its end, and the answer that comes long after it; -v tells of it", () =>
    proxied(["-v"], counts, proxy =>
      Effect.gen(function* () {
        yield* proxy.client.sendText("hello")
        yield* proxy.client.shutdownSend
        assert.strictEqual(yield* textFrom(proxy.client), "5 bytes, the end")
        assert.deepStrictEqual(yield* said(proxy), [
          accepted,
          connected,
          joined,
          "connection 1: 5 bytes to the target, 7 back; 0 open, 1 so far",
          `ended ${from}: Succeeded, 5 bytes received, 7 sent, 60000ms`
        ])
      })
    )
  )

  it.live("passes on the target's end, and what the client goes on to send", () =>
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

  it.live("a target that refuses resets the client, and is told of; the next one may be joined", () =>
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

  it.live("so does one that is not reached in time", () =>
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
  it.live("a target that resets resets the client, after what came before it", () =>
    proxied(["-v"], cuts, proxy =>
      Effect.gen(function* () {
        assert.strictEqual(yield* textFrom(proxy.client), "half a mess, Reset")
        assert.deepStrictEqual((yield* said(proxy)).slice(3, 5), [
          "connection 1: recv 10.0.0.2:9: connection reset by peer (ECONNRESET)",
          "connection 1: 0 bytes to the target, 11 back; 0 open, 1 so far"
        ])
      })
    )
  )

  it.live("a client that resets resets its connection to the target", () =>
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

  it.live("--idle resets both when nothing came of either for so long", () =>
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
            `connection 1: ${from}: nothing came or went for 10s`,
            "connection 1: 3 bytes to the target, 0 back; 0 open, 1 so far"
          ])
        })
      )
    })
  )

  const greets: Talk = socket => Effect.zipRight(socket.recvExactly(24), socket.sendText("ok\r\n"))
  it.live("--hexdump shows every byte, with its connection, its way and its place", () =>
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

  it.live("--json has the same as objects, the counters too", () =>
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

  it.live("at a signal it waits for who is joined, and ends with them", () =>
    proxied([], counts, proxy =>
      Effect.gen(function* () {
        yield* proxy.signal
        yield* Effect.sleep("1 second")
        assert.strictEqual((yield* Effect.flip(Network.connect("127.0.0.1:80"))).reason, "Refused")
        yield* proxy.client.abort
        assert.deepStrictEqual(yield* said(proxy), ["draining, 1 connection to go; again to leave now"])
      })
    )
  )

  it.live("for 10 seconds, and then it resets them", () =>
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
