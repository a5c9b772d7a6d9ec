/**
 * The contender Effect 4, with its pull socket. It runs with the packages of its own folder. It is plain JavaScript,
 * because the types of Effect 4 differ from those of Effect 3, against which the other files are checked.
 */
import * as NodeSocket from "@effect/platform-node-shared/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node-shared/NodeSocketServer"
import * as Effect from "effect/Effect"
import { Connections } from "../.build/bench/contenders/connections.js"
import { perform } from "../.build/bench/contenders/loop.js"
import { idle, watchGrowth } from "../.build/bench/contenders/memory.js"
import { pem, serverName } from "../.build/bench/contenders/pem.js"

const host = "127.0.0.1"

const play = program => (job, meter) => Effect.runPromise(Effect.scoped(program(job, meter)))

const make = job => NodeSocket.makeNet({ host, port: job.port, noDelay: true, autoSelectFamily: false })

const client = use =>
  play(job =>
    Effect.gen(function* () {
      const socket = yield* make(job)
      const { pull } = yield* socket.reader
      return yield* use(pull, socket, job)
    })
  )

const sizeOf = chunks => {
  let size = 0
  for (const chunk of chunks) size += chunk.length
  return size
}

const download = client((pull, _socket, job) =>
  Effect.gen(function* () {
    let received = 0
    while (received < job.bytes) received += sizeOf(yield* pull)
    return { received, sent: 0 }
  })
)

const memory = new Uint8Array(1024 * 1024).fill(120)
const piece = size => memory.subarray(0, size)

const pingpong = client((pull, socket, job) =>
  Effect.gen(function* () {
    const { write } = yield* socket.writer
    const byte = piece(1)
    let trips = 0
    while (trips < job.messages) {
      yield* write(byte)
      trips += sizeOf(yield* pull)
    }
    return { received: trips, sent: trips, messages: trips }
  })
)

/** Sends with `send`, ends our half, and waits until the peer has received everything. */
const upload = send =>
  client((pull, socket, job) =>
    Effect.gen(function* () {
      const sent = yield* Effect.scoped(Effect.flatMap(socket.writer, writer => send(writer, job)))
      yield* Effect.exit(pull)
      return { received: 0, sent, messages: sent / job.size }
    })
  )

const sendOneByOne = (writer, job, bytes) =>
  Effect.gen(function* () {
    let sent = 0
    while (sent < bytes) {
      yield* writer.write(piece(job.size))
      sent += job.size
    }
    return sent
  })

const sendPacked = (writer, job) =>
  Effect.gen(function* () {
    const pieces = Array.from({ length: job.messages }, () => piece(job.size))
    let sent = 0
    while (sent < job.bytes) {
      yield* writer.writeAll(pieces)
      sent += job.size * job.messages
    }
    return sent
  })

const sendTogether = (writer, job) => {
  const sender = sendOneByOne(writer, job, job.bytes / job.messages)
  const senders = Array.from({ length: job.messages }, () => sender)
  return Effect.map(Effect.all(senders, { concurrency: "unbounded" }), sent => sent.reduce((sum, one) => sum + one, 0))
}

const connecting = play(job =>
  Effect.gen(function* () {
    let received = 0
    const once = Effect.gen(function* () {
      const socket = yield* make(job)
      const { pull } = yield* socket.reader
      while (true) {
        const chunks = yield* pull
        received += sizeOf(chunks)
      }
    })
    const lane = Effect.gen(function* () {
      // Effect 4 reports the end of the stream as a failure.
      for (let i = 0; i < job.messages / job.connections; i++) yield* Effect.exit(Effect.scoped(once))
    })
    const lanes = Array.from({ length: job.connections }, () => lane)
    yield* Effect.all(lanes, { concurrency: "unbounded", discard: true })
    return { received, sent: 0, messages: received / 22 }
  })
)

const slow = client((pull, _socket, job) =>
  Effect.gen(function* () {
    const growth = watchGrowth()
    let received = 0
    while (received < job.bytes) {
      received += sizeOf(yield* pull)
      yield* Effect.sleep("10 millis")
    }
    yield* Effect.sleep("400 millis")
    return { received, sent: 0, figures: { growth: growth() } }
  })
)

/** Serves until `until` completes, and returns its result. */
const serve = (meter, handler, until) =>
  Effect.gen(function* () {
    const server = yield* NodeSocketServer.make({ host, port: 0, noDelay: true, backlog: 4096 })
    meter.listening(server.address.port)
    return yield* Effect.raceFirst(
      server.run(socket => Effect.scoped(Effect.exit(handler(socket)))),
      until
    )
  })

const echo = play((job, meter) => {
  const connections = new Connections(job, meter)
  const handler = socket =>
    Effect.gen(function* () {
      const { pull } = yield* socket.reader
      const { writeAll } = yield* socket.writer
      while (true) {
        const chunks = yield* pull
        connections.receive(sizeOf(chunks))
        yield* writeAll(chunks)
      }
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
  const handler = socket =>
    Effect.gen(function* () {
      const { pull } = yield* socket.reader
      connections.accept()
      yield* pull
    })
  return serve(
    meter,
    handler,
    Effect.promise(() => idle(connections, job, meter))
  )
})

/** With TLS. The clock starts after the handshake. */
const secureClient = use =>
  play((job, meter) =>
    Effect.gen(function* () {
      const socket = yield* makeSecure(job)
      const { pull } = yield* socket.reader
      meter.begin()
      return yield* use(pull, socket, job)
    })
  )

const makeSecure = job =>
  NodeSocket.makeTls({ host, port: job.port, servername: serverName, ca: pem("ca"), noDelay: true })

const secureDownload = secureClient((pull, _socket, job) =>
  Effect.gen(function* () {
    let received = 0
    while (received < job.bytes) received += sizeOf(yield* pull)
    return { received, sent: 0 }
  })
)

const secureSend = secureClient((pull, socket, job) =>
  Effect.gen(function* () {
    const sent = yield* Effect.scoped(Effect.flatMap(socket.writer, writer => sendOneByOne(writer, job, job.bytes)))
    yield* Effect.exit(pull)
    return { received: 0, sent, messages: sent / job.size }
  })
)

const securePingpong = secureClient((pull, socket, job) =>
  Effect.gen(function* () {
    const { write } = yield* socket.writer
    let received = 0
    for (let trip = 1; trip <= job.messages; trip++) {
      yield* write(piece(job.size))
      while (received < trip * job.size) received += sizeOf(yield* pull)
    }
    return { received, sent: received, messages: job.messages }
  })
)

const secureConnecting = play((job, meter) =>
  Effect.gen(function* () {
    meter.begin()
    let received = 0
    const once = Effect.gen(function* () {
      const socket = yield* makeSecure(job)
      const { pull } = yield* socket.reader
      while (true) received += sizeOf(yield* pull)
    })
    // Effect 4 reports the end of the stream as a failure.
    for (let i = 0; i < job.messages; i++) yield* Effect.exit(Effect.scoped(once))
    return { received, sent: 0, messages: received / 22 }
  })
)

perform({
  download,
  views: download,
  pingpong,
  send: upload((writer, job) => sendOneByOne(writer, job, job.bytes)),
  pack: upload(sendPacked),
  together: upload(sendTogether),
  connect: connecting,
  echo,
  idle: idling,
  slow,
  tlsDownload: secureDownload,
  tlsSend: secureSend,
  tlsPingpong: securePingpong,
  tlsConnect: secureConnecting
})
