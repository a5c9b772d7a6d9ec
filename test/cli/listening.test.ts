/** On which addresses the commands listen, and how they name their clients. */
import { execFileSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Client from "../../src/Client.ts"
import type { Signal } from "../../src/cli/kit/signal.ts"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { driver, tcp6 } from "../conformance/transports.ts"
import { runOn } from "./inProcess.ts"
import { isThere } from "./spawn.ts"

/** The network of Node, on which every name has these addresses. */
const naming = (...hosts: Arr.NonEmptyReadonlyArray<string>) =>
  Network.make({ ...driver, resolve: () => Effect.succeed(Arr.map(hosts, host => SocketAddress.unsafeInet(host, 0))) })

/** Runs a command that listens, until `use` has ended. `use` gets all addresses. Returns stderr, without addresses. */
const whileItRuns = (
  network: Network.Service,
  words: ReadonlyArray<string>,
  count: number,
  use: (addresses: ReadonlyArray<string>) => Effect.Effect<unknown, unknown>,
  until = /^/
) =>
  Effect.gen(function* () {
    const signal = yield* Deferred.make<Signal>()
    const listening = yield* Deferred.make<ReadonlyArray<string>>()
    const wrote = yield* Deferred.make<void>()
    const noted = (stderr: string) => {
      const addresses = Array.from(stderr.matchAll(/^listening on (.*)\n/gm), ([, address = ""]) => address)
      if (addresses.length === count) Deferred.unsafeDone(listening, Effect.succeed(addresses))
      if (until.test(stderr)) Deferred.unsafeDone(wrote, Effect.void)
    }
    const next = Deferred.await(signal)
    const running = yield* Effect.fork(
      runOn(Layer.succeed(Network.Network, network), words, {
        signal: next,
        noted,
        stdin: { size: Option.none(), read: Effect.never }
      })
    )
    yield* use(yield* Deferred.await(listening))
    yield* Deferred.await(wrote)
    yield* Deferred.succeed(signal, "SIGTERM")
    const { code, stderr } = yield* Fiber.join(running)
    return { code, said: stderr.replace(/^(listening on .*\n)+/, "") }
  })

const portOf = (address: string) => address.slice(address.lastIndexOf(":") + 1)

const greeted = (address: string) =>
  Effect.map(Effect.provide(Client.receiveOnce(address), NodeNetwork.layer), text =>
    assert.strictEqual(text, "Connection Established")
  )

const noIPv6 = tcp6.skip === undefined ? "" : ` (skipped: ${tcp6.skip})`

describe("listening on a name", () => {
  for (const words of [
    ["server", "localhost", "0"],
    ["server", "localhost", "0", "-v"]
  ]) {
    it.live.skipIf(tcp6.skip !== undefined)(
      `${words.join(" ")} serves clients of both families, on one port${noIPv6}`,
      () =>
        Effect.gen(function* () {
          const use = (addresses: ReadonlyArray<string>) => {
            const [first = "", second = ""] = addresses
            assert.deepStrictEqual(addresses, [`127.0.0.1:${portOf(first)}`, `[::1]:${portOf(first)}`])
            return Effect.zipRight(greeted(first), greeted(second))
          }
          const { code } = yield* whileItRuns(naming("127.0.0.1", "::1"), words, 2, use)
          assert.strictEqual(code, 0)
        })
    )
  }

  it.live("leaves out an address that this machine does not have", () =>
    Effect.gen(function* () {
      const network = naming("2001:db8::1", "127.0.0.1", "203.0.113.1")
      const { code, said } = yield* whileItRuns(network, ["server", "localhost", "0"], 1, ([address]) =>
        greeted(address!)
      )
      assert.deepStrictEqual([code, said], [0, ""])
    })
  )

  it.live("fails if this machine has none of the addresses", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* runOn(Layer.succeed(Network.Network, naming("198.51.100.1", "203.0.113.1")), [
        "echo",
        "localhost",
        "0"
      ])
      assert.strictEqual(code, 1)
      assert.match(stderr, /^listen 198\.51\.100\.1:0: address not available.*\n$/)
    })
  )

  it.live.skipIf(tcp6.skip !== undefined)(
    `fails if the port is in use at one of the addresses, and leaves the other free${noIPv6}`,
    () =>
      Effect.gen(function* () {
        const taken = yield* Network.listen("[::1]:0")
        const port = portOf(SocketAddress.format(taken.address))
        const { code, stderr } = yield* runOn(Layer.succeed(Network.Network, naming("127.0.0.1", "::1")), [
          "echo",
          "localhost",
          port
        ])
        assert.deepStrictEqual([code, stderr], [1, `listen [::1]:${port}: address already in use (EADDRINUSE)\n`])
        yield* Network.listen(`127.0.0.1:${port}`)
      }).pipe(Effect.scoped, Effect.provide(NodeNetwork.layer))
  )

  it.live("pipe --listen localhost accepts one client, of either family", () =>
    SimulatedNetwork.run(
      Effect.gen(function* () {
        const network = yield* Network.Network
        for (const host of ["127.0.0.1", "[::1]"]) {
          const piping = yield* Effect.fork(
            runOn(Layer.succeed(Network.Network, network), ["pipe", "--listen", "localhost", "808"])
          )
          yield* Effect.sleep("1 second")
          yield* Effect.scoped(
            Effect.gen(function* () {
              const socket = yield* Network.connect(`${host}:808`)
              yield* Effect.sleep("1 second")
              for (const other of ["127.0.0.1", "[::1]"]) {
                assert.strictEqual((yield* Effect.flip(Network.connect(`${other}:808`))).reason, "Refused")
              }
              yield* socket.sendText("hello")
            })
          )
          const { code, stdout } = yield* Fiber.join(piping)
          assert.deepStrictEqual([code, stdout], [0, "hello"])
        }
      })
    )
  )
})

const resetsAtOnce = `
import socket, struct, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()`

const hasPython = isThere("python3", ["-c", "import socket"])

describe("a client that resets before its address is known", () => {
  // The call blocks this process, so the connection is accepted after the reset.
  const reset = (address: string) =>
    Effect.sync(() => execFileSync("python3", ["-c", resetsAtOnce, "127.0.0.1", portOf(address)]))

  for (const words of [
    ["echo", "127.0.0.1", "0", "-v"],
    ["proxy", "127.0.0.1:0", "127.0.0.1:1", "-v"],
    ["server", "127.0.0.1", "0", "-v"]
  ]) {
    it.live.skipIf(!hasPython)(
      `${words[0]} ${words.at(-1)} calls it unknown${hasPython ? "" : " (skipped: no python3)"}`,
      () =>
        Effect.gen(function* () {
          const use = ([address]: ReadonlyArray<string>) => reset(address!)
          const until = /ended/
          const { code, said } = yield* whileItRuns(naming("127.0.0.1"), words, 1, use, until)
          assert.strictEqual(code, 0)
          assert.match(said, /unknown/)
          assert.notInclude(said, "0.0.0.0:0")
        })
    )
  }
})
