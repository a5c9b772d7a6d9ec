/**
 * effect-sockets, used as its users would. Elements of a stream are consumed in `mapChunks`: a Sink keeps them alive for so
 * long that the garbage collector has to move them.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Framing from "../../src/Framing.ts"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as Server from "../../src/Server.ts"
import * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import { Connections } from "./connections.ts"
import { type Job, type Meter, type Play, perform, type Work } from "./loop.ts"
import { idle, watchGrowth } from "./memory.ts"
import * as oursTls from "./oursTls.ts"
import { simulation } from "./simulation.ts"

const local = (port: number) => SocketAddress.unsafeInet("127.0.0.1", port)

const play =
  (program: (job: Job, meter: Meter) => Effect.Effect<Work, unknown, Network.Network | Scope.Scope>): Play =>
  (job, meter) =>
    Effect.runPromise(Effect.provide(Effect.scoped(program(job, meter)), NodeNetwork.layer))

const client = (use: (socket: Socket.Socket, job: Job) => Effect.Effect<Work, unknown>): Play =>
  play(job => Effect.flatMap(Network.connect(local(job.port)), socket => use(socket, job)))

const download = client((socket, job) =>
  Effect.gen(function* () {
    let received = 0
    while (received < job.bytes) {
      const chunk = yield* socket.recv(job.size)
      if (Option.isNone(chunk)) break
      received += chunk.value.length
    }
    return { received, sent: 0 }
  })
)

const viewed: Socket.Step<number, never> = (view, ended) =>
  view.length > 0 || ended ? Socket.take(view.length, view.length) : Socket.more(1)

/** Borrowed bytes: each step sees the buffered bytes and takes them without a copy. */
const views = client((socket, job) =>
  Effect.gen(function* () {
    let received = 0
    while (received < job.bytes) {
      const bytes = yield* socket.recvWith(viewed)
      if (bytes === 0) break
      received += bytes
    }
    return { received, sent: 0 }
  })
)

const lines = client(socket =>
  Effect.gen(function* () {
    let received = 0
    let messages = 0
    const counted = Stream.mapChunks(socket.lines(), batch => {
      for (const line of batch) received += line.length + 1
      messages += batch.length
      return Chunk.empty()
    })
    yield* Stream.runDrain(counted)
    return { received, sent: 0, messages }
  })
)

const recvLine = client(socket =>
  Effect.gen(function* () {
    let received = 0
    let messages = 0
    while (true) {
      const line = yield* socket.recvLine()
      if (Option.isNone(line)) return { received, sent: 0, messages }
      received += line.value.length + 1
      messages += 1
    }
  })
)

const framing = Framing.lengthPrefixed({ size: 4 })

const lengths = client(socket =>
  Effect.gen(function* () {
    let received = 0
    let messages = 0
    const counted = Stream.mapChunks(Framing.stream(socket, framing), batch => {
      for (const message of batch) received += 4 + message.length
      messages += batch.length
      return Chunk.empty()
    })
    yield* Stream.runDrain(counted)
    return { received, sent: 0, messages }
  })
)

const recvFrame = client(socket =>
  Effect.gen(function* () {
    let received = 0
    let messages = 0
    while (true) {
      const message = yield* Framing.recv(socket, framing)
      if (Option.isNone(message)) return { received, sent: 0, messages }
      received += 4 + message.value.length
      messages += 1
    }
  })
)

const memory = new Uint8Array(1024 * 1024).fill(120)
const piece = (size: number) => memory.subarray(0, size)

const tripping = (socket: Socket.Socket, job: Job) =>
  Effect.gen(function* () {
    const byte = piece(1)
    let trips = 0
    while (trips < job.messages) {
      yield* socket.sendAll(byte)
      const chunk = yield* socket.recv(1)
      if (Option.isNone(chunk)) break
      trips += 1
    }
    return { received: trips, sent: trips, messages: trips }
  })

const pingpong = client(tripping)

const deadline = client((socket, job) =>
  tripping(Socket.withTimeouts(socket, { recvTimeout: "10 seconds", messageTimeout: "10 seconds" }), job)
)

/** Shuts down the sending side and waits until the peer has received everything. */
const flushed = (socket: Socket.Socket, job: Job, sent: number) =>
  Effect.as(Effect.zipRight(socket.shutdownSend, socket.recv(1)), { received: 0, sent, messages: sent / job.size })

const upload = (buffersOf: (job: Job) => Uint8Array | ReadonlyArray<Uint8Array>, bytesOf: (job: Job) => number) =>
  client((socket, job) =>
    Effect.gen(function* () {
      const buffers = buffersOf(job)
      const bytes = bytesOf(job)
      let sent = 0
      while (sent < job.bytes) {
        yield* socket.sendAll(buffers)
        sent += bytes
      }
      return yield* flushed(socket, job, sent)
    })
  )

/** `job.messages` fibers at once, each of which sends small buffers. */
const together = client((socket, job) =>
  Effect.gen(function* () {
    const each = job.bytes / job.size / job.messages
    let sent = 0
    const sender = Effect.gen(function* () {
      for (let i = 0; i < each; i++) {
        yield* socket.sendAll(piece(job.size))
        sent += job.size
      }
    })
    yield* Effect.all(
      Array.from({ length: job.messages }, () => sender),
      { concurrency: "unbounded", discard: true }
    )
    return yield* flushed(socket, job, sent)
  })
)

const connecting = play(job =>
  Effect.gen(function* () {
    let received = 0
    const once = Effect.gen(function* () {
      const socket = yield* Network.connect(local(job.port))
      while (true) {
        const chunk = yield* socket.recv(1024)
        if (Option.isNone(chunk)) return
        received += chunk.value.length
      }
    })
    const lane = Effect.repeatN(Effect.scoped(once), job.messages / job.connections - 1)
    yield* Effect.all(
      Array.from({ length: job.connections }, () => lane),
      { concurrency: "unbounded", discard: true }
    )
    return { received, sent: 0, messages: received / 22 }
  })
)

const slow = client((socket, job) =>
  Effect.gen(function* () {
    const growth = watchGrowth()
    let received = 0
    while (received < job.bytes) {
      const chunk = yield* socket.recv(65536)
      if (Option.isNone(chunk)) break
      received += chunk.value.length
      yield* Effect.sleep("10 millis")
    }
    yield* Effect.sleep("400 millis")
    const figures = { growth: growth() }
    yield* socket.abort
    return { received, sent: 0, figures }
  })
)

const listen = (meter: Meter) =>
  Effect.tap(Network.listen(local(0), { backlog: 4096, acceptQueue: 16384 }), ({ address }) =>
    Effect.sync(() => address._tag === "Inet" && meter.listening(address.port))
  )

const echo = play((job, meter) =>
  Effect.gen(function* () {
    const connections = new Connections(job, meter)
    const handler = (socket: Socket.Socket) =>
      Effect.gen(function* () {
        while (true) {
          const chunk = yield* socket.recv(65536)
          if (Option.isNone(chunk)) return
          connections.receive(chunk.value.length)
          yield* socket.sendAll(chunk.value)
        }
      }).pipe(Effect.ensuring(Effect.sync(() => connections.end())))
    const listener = yield* listen(meter)
    yield* Effect.forkScoped(Server.serve(listener, handler))
    yield* Effect.promise(() => connections.whenEnded(job.connections))
    return connections.echoed
  })
)

const idling = play((job, meter) =>
  Effect.gen(function* () {
    const connections = new Connections(job, meter)
    const listener = yield* listen(meter)
    const handler = (socket: Socket.Socket) =>
      Effect.asVoid(
        Effect.zipRight(
          Effect.sync(() => connections.accept()),
          socket.recv(1024)
        )
      )
    yield* Effect.forkScoped(Server.serve(listener, handler))
    return yield* Effect.promise(() => idle(connections, job, meter))
  })
)

perform({
  download,
  views,
  lines,
  recvLine,
  lengths,
  recvFrame,
  pingpong,
  deadline,
  send: upload(
    job => piece(job.size),
    job => job.size
  ),
  pack: upload(
    job => Array.from({ length: job.messages }, () => piece(job.size)),
    job => job.size * job.messages
  ),
  together,
  connect: connecting,
  echo,
  idle: idling,
  slow,
  simulation,
  ...oursTls.plays
})
