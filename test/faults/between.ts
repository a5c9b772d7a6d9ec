/** Two simulated hosts, `a` and `b`, a connection between them, and the lines of the trace that are about faults. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fault from "../../src/Fault.ts"
import { textOf } from "../../src/internal/conformance/kit/bytes.ts"
import type * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"

export interface Hosts {
  readonly a: Network.Service
  readonly b: Network.Service
}

export const hosts = Effect.map(
  SimulatedNetwork.SimulatedNetwork,
  (world): Hosts => ({ a: world.network("a"), b: world.network("b") })
)

/** The address at which `b` listens. */
export const there = SocketAddress.unsafeInet("10.0.0.3", 80)

export interface Met extends Hosts {
  /** The socket on `a`, which connected. */
  readonly client: Socket.Socket
  /** The socket on `b`, which was accepted. */
  readonly server: Socket.Socket
}

export const meet = (options?: Network.ConnectionOptions) =>
  Effect.gen(function* () {
    const { a, b } = yield* hosts
    const listener = yield* b.listen(there, options)
    const client = yield* a.connect(there, options)
    const server = yield* listener.accept
    return { a, b, client, server } satisfies Met
  })

/** Does something while no segment passes between `a` and `b`. The partition then ends. */
export const whileCut = <A, E, R>(during: Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.zipRight(Fault.partition("a", "b"), during))

type Needs = SimulatedNetwork.SimulatedNetwork | Network.Network | Scope.Scope

/** Runs a program in a simulation. Default latency of each direction: 10 ms. */
export const simulated = <A, E>(
  program: Effect.Effect<A, E, Needs>,
  options?: SimulatedNetwork.RunOptions
): Effect.Effect<A, E | SimulatedNetwork.SimulationDeadlock> =>
  SimulatedNetwork.run(program, { latency: 10, strict: true, ...options })

/** Runs a program twice, and checks that both runs are the same. */
export const twice = <A, E>(program: Effect.Effect<A, E, Needs>, options?: SimulatedNetwork.RunOptions) =>
  SimulatedNetwork.checkDeterminism(program, { latency: 10, strict: true, ...options })

export const now = Clock.currentTimeMillis

/** Receives `bytes` bytes of text. Returns the text and the time at which it was complete. */
export const receivedAt = (socket: Socket.Socket, bytes: number) =>
  Effect.gen(function* () {
    const text = textOf(yield* socket.recvExactly(bytes))
    return [text, yield* now] as const
  })

/** The lines of the trace about faults and their effects, with `a` and `b` instead of addresses. */
export const faults = Effect.map(SimulatedNetwork.trace, text =>
  text
    .split("\n")
    .filter(line =>
      /^\S+ (#\d+ )?(fault|heal|drop|retransmit|give up|delay|duplicate|corrupt|fail|reset \w+ 1) ?/.test(line)
    )
    .map(line => line.replaceAll("10.0.0.2:49152", "a").replaceAll("10.0.0.3:80", "b"))
)
