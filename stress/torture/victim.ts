/**
 * The process of the server under torture. It echoes lines, answers `big` with a large body, and closes on `quit`. It has
 * three ports. At one of them, a line must be complete within `deadline`. Another one uses TLS. It sends its counts when
 * asked, and it exits when the process that started it disconnects.
 */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Supervisor from "effect/Supervisor"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as Server from "../../src/Server.ts"
import type * as Socket from "../../src/Socket.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"
import * as Tls from "../../src/Tls.ts"
import * as figures from "../figures.ts"
import { big, type Counts, deadline, type Look } from "./protocol.ts"

/** Large enough that a burst of connections waits, and is not refused before the server has run. */
const options: Network.ListenOptions = { backlog: 4096, acceptQueue: 16_384 }

/** Makes each piece only after the one before it was sent. A server that did not wait would hold all of them. */
const sendBig = (socket: Socket.Socket) => {
  let left = big.bytes
  return Effect.whileLoop({
    while: () => left > 0,
    body: () => socket.sendAll(new Uint8Array(big.piece).fill(97)),
    step: () => {
      left -= big.piece
    }
  })
}

const handler = (socket: Socket.Socket) =>
  Effect.gen(function* () {
    while (true) {
      const line = yield* socket.recvLine()
      if (Option.isNone(line) || line.value === "quit") return
      yield* line.value === "big" ? sendBig(socket) : socket.sendText(`${line.value}\n`)
    }
  })

const peak = { memory: 0, rss: 0 }

const watch = () => {
  const { memory, rss } = figures.memory()
  peak.memory = Math.max(peak.memory, memory)
  peak.rss = Math.max(peak.rss, rss)
}

const refusedFor = (reason: Server.RefusedReason) =>
  Effect.map(Metric.value(Metric.tagged(Server.metrics.refused, "reason", reason)), ({ count }) => count)

/** Listens with TLS. A port without TLS is not slower because of it. */
const secure = Effect.gen(function* () {
  const { certificate, issue } = yield* TestCertificates.authority({ keyType: "ec" })
  const context = yield* Tls.context({ identity: yield* issue({ names: ["localhost"] }) })
  const listener = yield* Tls.listen({ host: "127.0.0.1", port: 0 }, { ...options, context })
  return { ca: certificate, listener }
})

const portOf = ({ address }: Server.Service) => (address._tag === "Unix" ? 0 : address.port)

const program = Effect.gen(function* () {
  const supervisor = yield* Supervisor.track
  let defects = 0
  const onOutcome = (outcome: Server.Outcome<unknown>) =>
    Effect.sync(() => {
      if (outcome.reason === "Died") defects += 1
    })
  const serve = (timeouts?: Socket.Timeouts) =>
    Effect.supervised(
      Effect.flatMap(Network.listen({ host: "127.0.0.1", port: 0 }, { ...options, timeouts }), listener =>
        Server.make(listener, handler, { onOutcome })
      ),
      supervisor
    )
  const plain = yield* serve()
  const timed = yield* serve({ messageTimeout: deadline })
  const { ca, listener: secured } = yield* Effect.supervised(secure, supervisor)
  const tls = yield* Effect.supervised(Server.make(secured, handler, { onOutcome }), supervisor)
  const counts = ({ begin, collect: isCollected }: Look) =>
    Effect.gen(function* () {
      if (isCollected) figures.collect()
      const { memory } = figures.memory()
      if (begin) Object.assign(peak, { memory: 0, rss: 0 })
      watch()
      return {
        ports: { plain: portOf(plain), deadline: portOf(timed), tls: portOf(tls) },
        ca,
        handshaking: (yield* secured.stats).handshaking,
        connections: (yield* Effect.all([plain.connections, timed.connections, tls.connections])).flat().length,
        open: (yield* Metric.value(Server.metrics.open)).value,
        starved: yield* refusedFor("Starved"),
        refused: yield* refusedFor("QueueFull"),
        defects,
        descriptors: figures.descriptors(),
        fibers: (yield* supervisor.value).length,
        memory,
        peak: peak.memory,
        peakRss: peak.rss
      } satisfies Counts
    })
  process.on("message", (look: Look) => Effect.runPromise(counts(look)).then(it => process.send?.(it)))
  setInterval(watch, 50).unref()
  process.send?.("ready")
  return yield* Effect.never
})

process.on("disconnect", () => process.exit())

Effect.runFork(
  program.pipe(
    Effect.scoped,
    Effect.provide([NodeNetwork.layer, NodeTls.layer]),
    Logger.withMinimumLogLevel(LogLevel.Error)
  )
)
