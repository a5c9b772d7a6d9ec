/** The simulated network: how many trace events it makes per second. */
import * as Effect from "effect/Effect"
import * as Network from "../../src/Network.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import type { Job, Play } from "./loop.ts"

const there = SocketAddress.unsafeInet("10.0.0.2", 7)

/** Sends a byte every minute and waits for its echo. All connections send the same number of bytes. */
const lives = ({ connections, messages }: Job) =>
  Effect.gen(function* () {
    const socket = yield* Network.connect(there)
    for (let i = 0; i < messages / connections / 2; i++) {
      yield* socket.sendAll(Uint8Array.of(i))
      yield* socket.recvExactly(1)
      yield* Effect.sleep("1 minute")
    }
  })

const world = (job: Job) =>
  Effect.gen(function* () {
    const simulated = yield* SimulatedNetwork.SimulatedNetwork
    const listener = yield* simulated.network("server").listen(there)
    const echo = Server.serve(listener, socket =>
      Effect.forever(Effect.flatMap(socket.recvExactly(1), byte => socket.sendAll(byte)))
    )
    yield* Effect.forkScoped(echo)
    const live = Effect.scoped(lives(job))
    yield* Effect.replicateEffect(live, job.connections, { concurrency: job.connections, discard: true })
    const messages = (yield* simulated.trace).filter(({ kind }) => kind === "data").length
    return { received: 0, sent: 0, messages }
  })

export const simulation: Play = job =>
  Effect.runPromise(SimulatedNetwork.run(world(job), { latency: "5 millis", strict: true }))
