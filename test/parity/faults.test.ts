/**
 * Faults of the simulated network, and real peers that do the same over real sockets. The program under test sees the same:
 * reasons, codes and messages. Faults that need privileges on a real network are not compared: partitions, losses, and
 * peers that vanish without a reset.
 */
import { spawn } from "node:child_process"
import type * as net from "node:net"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Fault from "../../src/Fault.ts"
import { utf8 } from "../../src/internal/conformance/kit/bytes.ts"
import { arrived, forkParked } from "../../src/internal/conformance/kit/pairs.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { simulated, tcp } from "../conformance/transports.ts"
import { full } from "../hostile/backlog.ts"
import { killed } from "../hostile/makers.ts"
import * as peer from "../internal/node/peer.ts"
import { allThatIsLeft, toTheEnd } from "./conversation.ts"
import { perform } from "./perform.ts"
import type { Stage } from "./script.ts"

/** The server to connect to, and an effect that makes the fault happen. */
interface Trouble {
  readonly address: SocketAddress.Resolved
  readonly strike: Effect.Effect<unknown>
}

type Simulated = SimulatedNetwork.SimulatedNetwork | Network.Network | Scope.Scope

interface Comparison {
  readonly title: string
  readonly real: Effect.Effect<Trouble, unknown, Network.Network | Scope.Scope>
  readonly simulated: Effect.Effect<Trouble, unknown, Simulated>
  readonly talk: (on: Stage, trouble: Trouble) => Effect.Effect<unknown, unknown, Network.Network | Scope.Scope>
}

const local = (port: number) => SocketAddress.unsafeInet("127.0.0.1", port)

const nothing = Effect.void

/** Starts a Node server. `strike` does something to its first connection. */
const served = (does: (socket: net.Socket) => void, greets: (socket: net.Socket) => void = () => {}) =>
  Effect.gen(function* () {
    const came = yield* Deferred.make<net.Socket>()
    const { port } = yield* peer.server(socket => {
      greets(socket)
      Deferred.unsafeDone(came, Effect.succeed(socket))
    })
    const strike = Effect.andThen(Deferred.await(came), socket => Effect.sync(() => does(socket)))
    return { address: local(port), strike } satisfies Trouble
  })

/** Starts a simulated server that accepts every connection and sends it a text. Returns its address. */
const accepting = (text: string) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen("127.0.0.1:0")
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(listener.accept, server => server.sendText(text))))
    return listener.address
  })

const inWorld = (world: SimulatedNetwork.World) => Effect.provideService(SimulatedNetwork.SimulatedNetwork, world)

const resets = Effect.gen(function* () {
  const world = yield* SimulatedNetwork.SimulatedNetwork
  return { address: yield* accepting("hello"), strike: inWorld(world)(Fault.reset(1)) } satisfies Trouble
})

const reset = served(
  socket => socket.resetAndDestroy(),
  socket => socket.write("hello")
)

const greeting = "one\r\ntwo\nthree é€😀 and the end\n"

const dribble = (socket: net.Socket) => {
  const bytes = utf8(greeting)
  socket.setNoDelay()
  const next = (at: number) => {
    if (at === bytes.length) socket.end()
    else socket.write(bytes.subarray(at, at + 1), () => setImmediate(() => next(at + 1)))
  }
  next(0)
}

const comparisons: ReadonlyArray<Comparison> = [
  {
    title: "a connection is reset, and the client receives afterwards",
    real: reset,
    simulated: resets,
    talk: (on, { address, strike }) =>
      Effect.gen(function* () {
        const client = yield* Network.connect(address)
        yield* arrived(on, client, 5)
        yield* strike
        yield* on.tell("the end", client.awaitEnd)
        yield* on.tell("what had come", client.recv(10))
        yield* allThatIsLeft(on, "the client", client)
      })
  },
  {
    title: "a connection is reset while the client waits in a receive",
    real: reset,
    simulated: resets,
    talk: (on, { address, strike }) =>
      Effect.gen(function* () {
        const client = yield* Network.connect(address)
        yield* arrived(on, client, 5)
        const receiving = yield* forkParked(on, client.recvExactly(10))
        yield* strike
        yield* on.tell("the receive", Fiber.join(receiving))
        yield* on.tell("the rest", toTheEnd(client))
      })
  },
  {
    title: "a connect is refused",
    real: Effect.map(Effect.scoped(Network.listen("127.0.0.1:0")), ({ address }) => ({ address, strike: nothing })),
    simulated: Effect.map(Effect.zipLeft(accepting(""), Fault.refuse("simulated")), address => ({
      address,
      strike: nothing
    })),
    talk: (on, { address }) =>
      Effect.gen(function* () {
        yield* on.tell("the connect", Network.connect(address))
        yield* on.tell("by text", Network.connect(SocketAddress.format(address)))
      })
  },
  {
    title: "a connect hangs until its timeout passes",
    real: Effect.map(full(killed), ({ address }) => ({ address, strike: nothing })),
    simulated: Effect.map(Effect.zipLeft(accepting(""), Fault.hang("simulated")), address => ({
      address,
      strike: nothing
    })),
    talk: (on, { address }) => on.tell("the connect", Network.connect(address, { timeout: "300 millis" }))
  },
  {
    title: "the sent bytes arrive one at a time",
    real: served(dribble),
    simulated: Effect.map(Effect.zipLeft(accepting(greeting), Fault.fragment("bytes")), address => ({
      address,
      strike: nothing
    })),
    talk: (on, { address, strike }) =>
      Effect.gen(function* () {
        const client = yield* Network.connect(address)
        yield* strike
        yield* on.tell("a line", client.recvLine())
        yield* on.tell("exactly", client.recvExactly(4))
        yield* on.tell("a look", client.peekFull(1))
        yield* on.tell("until", client.recvUntil(" "))
        yield* on.tell("a character", client.recvText(1))
        yield* on.tell("the rest of the line", client.recvUntil("\n"))
        yield* on.tell("nothing more is promised", Effect.timeoutOption(client.recv(1), "50 millis"))
      })
  }
]

const compare = ({ real, simulated: imitated, talk, title }: Comparison) =>
  it.live(
    title,
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const world = yield* SimulatedNetwork.make()
          const layer = Layer.succeed(Network.Network, world.network("simulated"))
          const on = {
            ...simulated,
            layer,
            open: Effect.map(world.netstat, sockets => ({ sockets: sockets.length }))
          }
          const run = (trouble: Comparison["real"]) => (stage: Stage) =>
            Effect.flatMap(trouble, found => talk(stage, found))
          const seen = yield* perform({ title, run: run(inWorld(world)(imitated)) }, on)
          const known = yield* perform({ title, run: run(real) }, tcp)
          assert.isAbove(known.length, 0)
          assert.deepStrictEqual(seen, known)
        })
      ),
    120_000
  )

describe("faults", () => {
  for (const comparison of comparisons) compare(comparison)

  it.live("a connect fails when no descriptor is left, and succeeds when one is free again", () =>
    Effect.gen(function* () {
      const root = path.resolve(import.meta.dirname, "..", "..")
      const script = `ulimit -n 256; exec "${process.execPath}" --import tsx test/fixtures/fewDescriptors.ts`
      const real = yield* Effect.async<string>(resume => {
        let text = ""
        const child = spawn("sh", ["-c", script], { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
        child.stdout.on("data", chunk => {
          text += chunk
        })
        child.on("close", () => resume(Effect.succeed(text)))
      })
      const seen = yield* SimulatedNetwork.run(
        Effect.gen(function* () {
          const listener = yield* Network.listen("127.0.0.1:0")
          const full = Effect.zipRight(
            Fault.descriptors("simulated", 1),
            Effect.flip(Network.connect(listener.address))
          )
          const error = yield* Effect.scoped(full)
          yield* Network.connect(listener.address)
          yield* listener.accept
          const code = "code" in error ? error.code : undefined
          return `${error._tag} ${"reason" in error ? error.reason : ""} ${code}, and then it connects again\n`
        })
      )
      assert.strictEqual(seen, real)
    })
  )
})
