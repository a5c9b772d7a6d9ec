/** NodeSocket and NodeSocketServer of `@effect/platform` 3, which push received bytes to a handler. */

import type * as PlatformSocket from "@effect/platform/Socket"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import { Connections } from "./connections.ts"
import { type Job, type Meter, type Play, perform, type Work } from "./loop.ts"
import { idle, watchGrowth } from "./memory.ts"

const host = "127.0.0.1"

const play =
  (program: (job: Job, meter: Meter) => Effect.Effect<Work, unknown, Scope.Scope>): Play =>
  (job, meter) =>
    Effect.runPromise(Effect.scoped(program(job, meter)))

const make = (job: Job) => NodeSocket.makeNet({ host, port: job.port, noDelay: true, autoSelectFamily: false })

const client = (use: (socket: PlatformSocket.Socket, job: Job) => Effect.Effect<Work, unknown, Scope.Scope>): Play =>
  play(job => Effect.flatMap(make(job), socket => use(socket, job)))

const download = client((socket, job) =>
  Effect.gen(function* () {
    const done = yield* Deferred.make<void>()
    let received = 0
    const reader = socket.run(chunk => {
      received += chunk.length
      if (received >= job.bytes) Deferred.unsafeDone(done, Effect.void)
    })
    yield* Effect.raceFirst(reader, Deferred.await(done))
    return { received, sent: 0 }
  })
)

const memory = new Uint8Array(1024 * 1024).fill(120)
const piece = (size: number) => memory.subarray(0, size)

const pingpong = client((socket, job) =>
  Effect.gen(function* () {
    const done = yield* Deferred.make<void>()
    const write = yield* socket.writer
    const byte = piece(1)
    let received = 0
    const handler = (chunk: Uint8Array) => {
      received += chunk.length
      return received < job.messages ? write(byte) : Deferred.succeed(done, undefined)
    }
    const reader = socket.run(handler, { onOpen: Effect.orDie(write(byte)) })
    yield* Effect.raceFirst(reader, Deferred.await(done))
    return { received, sent: received, messages: received }
  })
)

type Write = (bytes: Uint8Array) => Effect.Effect<void, PlatformSocket.SocketError>

/** Sends with `send`, shuts down the sending side, and waits until the peer has received everything. */
const upload = (send: (write: Write, job: Job) => Effect.Effect<number, PlatformSocket.SocketError>) =>
  client((socket, job) =>
    Effect.gen(function* () {
      const sender = Effect.scoped(Effect.flatMap(socket.writer, write => send(write, job)))
      const [sent] = yield* Effect.all([sender, socket.run(() => {})], { concurrency: "unbounded" })
      return { received: 0, sent, messages: sent / job.size }
    })
  )

const sendOneByOne = (write: Write, job: Job, bytes: number) =>
  Effect.gen(function* () {
    let sent = 0
    while (sent < bytes) {
      yield* write(piece(job.size))
      sent += job.size
    }
    return sent
  })

const sendTogether = (write: Write, job: Job) => {
  const sender = sendOneByOne(write, job, job.bytes / job.messages)
  const senders = Effect.all(
    Array.from({ length: job.messages }, () => sender),
    { concurrency: "unbounded" }
  )
  return Effect.map(senders, sent => sent.reduce((sum, one) => sum + one, 0))
}

const connecting = play(job =>
  Effect.gen(function* () {
    let received = 0
    const once = Effect.flatMap(make(job), socket =>
      socket.run(chunk => {
        received += chunk.length
      })
    )
    const lane = Effect.repeatN(once, job.messages / job.connections - 1)
    yield* Effect.all(
      Array.from({ length: job.connections }, () => lane),
      { concurrency: "unbounded", discard: true }
    )
    return { received, sent: 0, messages: received / 22 }
  })
)

/** A program slower than its peer must store the pushed chunks somewhere: here in a Mailbox. */
const slow = client((socket, job) =>
  Effect.gen(function* () {
    const growth = watchGrowth()
    const mailbox = yield* Mailbox.make<Uint8Array>()
    yield* Effect.forkScoped(
      socket.run(chunk => {
        mailbox.unsafeOffer(chunk)
      })
    )
    let received = 0
    while (received < job.bytes) {
      received += (yield* mailbox.take).length
      yield* Effect.sleep("10 millis")
    }
    yield* Effect.sleep("400 millis")
    return { received, sent: 0, figures: { growth: growth() } }
  })
)

/** Serves until `until` completes. */
const serve = (
  meter: Meter,
  handler: (socket: PlatformSocket.Socket) => Effect.Effect<void, unknown, Scope.Scope>,
  until: Effect.Effect<Work>
) =>
  Effect.gen(function* () {
    const server = yield* NodeSocketServer.make({ host, port: 0, noDelay: true, backlog: 4096 })
    if (server.address._tag === "TcpAddress") meter.listening(server.address.port)
    return yield* Effect.raceFirst(
      server.run(socket => Effect.scoped(Effect.ignore(handler(socket)))),
      until
    )
  })

const echo = play((job, meter) => {
  const connections = new Connections(job, meter)
  const handler = (socket: PlatformSocket.Socket) =>
    Effect.gen(function* () {
      const write = yield* socket.writer
      yield* socket.run(chunk => {
        connections.receive(chunk.length)
        return write(chunk)
      })
    }).pipe(Effect.ensuring(Effect.sync(() => connections.end())))
  const ended = Effect.promise(() => connections.whenEnded(job.connections))
  return serve(
    meter,
    handler,
    Effect.map(ended, () => connections.echoed)
  )
})

const idling = play((job, meter) => {
  const connections = new Connections(job, meter)
  const handler = (socket: PlatformSocket.Socket) =>
    socket.run(() => {}, { onOpen: Effect.sync(() => connections.accept()) })
  return serve(
    meter,
    handler,
    Effect.promise(() => idle(connections, job, meter))
  )
})

perform({
  download,
  views: download,
  pingpong,
  send: upload((write, job) => sendOneByOne(write, job, job.bytes)),
  pack: upload((write, job) => sendOneByOne(write, job, job.bytes)),
  together: upload(sendTogether),
  connect: connecting,
  echo,
  idle: idling,
  slow
})
