/**
 * The program on the simulated network: all rows of the table that need only a network, with another layer. Timeouts
 * pass in virtual time, so no row waits for one.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Client from "../../src/Client.ts"
import * as Network from "../../src/Network.ts"
import { serve } from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import type { RecvError, SendError } from "../../src/SocketError.ts"
import { clientRows, lessonRows } from "./clientTable.ts"
import { failureRows } from "./failureTable.ts"
import { type Options, runOn } from "./inProcess.ts"
import { resolveRows } from "./namesTable.ts"
import type { PeerName } from "./peers.ts"
import { proxyRows } from "./proxyTable.ts"
import type { Row } from "./row.ts"
import { scanRows } from "./scanTable.ts"
import { refusals } from "./usageTable.ts"

type Talk = (socket: Socket.Socket) => Effect.Effect<void, RecvError | SendError>

const says =
  (text: string | Uint8Array): Talk =>
  socket =>
    socket.sendAll(typeof text === "string" ? new TextEncoder().encode(text) : text)

const stays =
  (text: string | Uint8Array): Talk =>
  socket =>
    Effect.zipRight(says(text)(socket), socket.awaitEnd)

const dribbles =
  (text: string): Talk =>
  socket =>
    Effect.forEach(new TextEncoder().encode(text), byte => Effect.delay(socket.sendAll(Uint8Array.of(byte)), 1), {
      discard: true
    })

type Place = Effect.Effect<Readonly<Record<string, string>>, unknown, Network.Network | Scope.Scope>

const at = (address: SocketAddress.Resolved, talk: Talk): Place =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(address)
    yield* Effect.forkScoped(serve(listener, talk))
    const { address: bound } = listener
    return bound._tag === "Inet" ? { port: String(bound.port) } : { path: bound.path ?? "" }
  })

const onPort = (talk: Talk, host = "127.0.0.1") => at(SocketAddress.unsafeInet(host, 0), talk)

const path = "/run/lesson"

/** The peers of the table that need no files and no processes. */
const peers: Readonly<Partial<Record<PeerName, Place>>> = {
  nobody: Effect.succeed({}),
  deserted: Effect.succeed({ port: "1" }),
  missingPath: Effect.succeed({ path }),
  greets: onPort(says("Connection Established")),
  greetsIPv6: onPort(says("Connection Established"), "::1"),
  greetsAtPath: at(SocketAddress.unsafeUnix(path), says("Connection Established")),
  ends: onPort(() => Effect.void),
  saysNothing: onPort(socket => socket.awaitEnd),
  byteAtATime: onPort(dribbles("Connection Established")),
  cutCharacters: onPort(dribbles("a é € 😀\n")),
  stays: onPort(stays("still here")),
  resetsAtOnce: onPort(socket => socket.abort),
  halfACharacter: onPort(says(Uint8Array.of(0x61, 0xc3))),
  halfThenSilence: onPort(stays(Uint8Array.of(0x61, 0xc3))),
  notUtf8: onPort(says(Buffer.from("caf\xe9 au lait", "latin1"))),
  accents: onPort(says("café")),
  escapes: onPort(says("a\tb\n\x1b]0;title\x07\r\x7f\x9b31m \u202eabc\u2069 é"))
}

const run = (words: ReadonlyArray<string>, options?: Options) =>
  Effect.flatMap(Network.Network, network => runOn(Layer.succeed(Network.Network, network), words, options))

const isForNetworkAlone = (row: Row): boolean =>
  typeof (row.as ?? "process") === "string" &&
  row.as !== "unprivileged" &&
  row.steps === undefined &&
  peers[row.peer ?? "nobody"] !== undefined

const matches = (got: string, wanted: string | RegExp, filled: (text: string) => string): void =>
  typeof wanted === "string" ? assert.strictEqual(got, filled(wanted)) : assert.match(got, wanted)

const runRow = (row: Row) =>
  Effect.gen(function* () {
    const names = yield* peers[row.peer ?? "nobody"]!
    const filled = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole)
    const { code, stderr, stdout } = yield* run(row.words.map(filled), { isTTY: row.as === "terminal" })
    matches(stdout, row.stdout ?? "", filled)
    matches(stderr, row.stderr ?? "", filled)
    assert.include([row.code].flat(), code)
  })

describe("rows of the table", () => {
  const ofOthers = [...proxyRows, ...scanRows.filter(row => row.as !== "terminal"), ...resolveRows]
  const rows = [...lessonRows, ...clientRows, ...failureRows, ...refusals, ...ofOthers].filter(isForNetworkAlone)
  it("more than 40 rows need no files, processes or signals", () => assert.isAbove(rows.length, 40))
  for (const row of rows) {
    it.live(row.name, () => SimulatedNetwork.run(runRow(row)))
  }
})

it.live("a server on one host serves ten clients a minute from another host, for an hour", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const signal = yield* Deferred.make<"SIGTERM">()
      const server = yield* Effect.fork(
        Effect.provide(
          run(["server", "0.0.0.0", "808"], { signal: Deferred.await(signal) }),
          SimulatedNetwork.layerHost("server")
        )
      )
      const greeted = Client.receiveMessage("server:808").pipe(
        Effect.retry(Schedule.spaced("1 second")),
        Effect.tap(message => assert.strictEqual(message.text, "Connection Established"))
      )
      const minute = Effect.zipRight(Effect.replicateEffect(greeted, 10, { concurrency: 10 }), Effect.sleep("1 minute"))
      yield* Effect.repeatN(minute, 59)
      const client = yield* run(["client", "server"])
      assert.deepStrictEqual(client, { code: 0, stdout: "Connection Established\n", stderr: "" })
      yield* Deferred.succeed(signal, "SIGTERM")
      assert.deepStrictEqual(yield* Fiber.join(server), {
        code: 0,
        stdout: "",
        stderr: "listening on 0.0.0.0:808\n"
      })
    }),
    { latency: "20 millis" }
  )
)
