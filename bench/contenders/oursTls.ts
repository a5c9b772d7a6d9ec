/** effect-sockets with TLS, used as its users would. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as Server from "../../src/Server.ts"
import type * as Socket from "../../src/Socket.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as Tls from "../../src/Tls.ts"
import { Connections } from "./connections.ts"
import type { Job, Meter, Play, Work } from "./loop.ts"
import { idle } from "./memory.ts"
import { pem, serverName } from "./pem.ts"

const local = (port: number) => SocketAddress.unsafeInet("127.0.0.1", port)

const layer = Layer.merge(NodeNetwork.layer, NodeTls.layer)

const play =
  (program: (job: Job, meter: Meter) => Effect.Effect<Work, unknown, Network.Network | Tls.Tls | Scope.Scope>): Play =>
  (job, meter) =>
    Effect.runPromise(Effect.provide(Effect.scoped(program(job, meter)), layer))

const trusting = Effect.suspend(() => Tls.context({ ca: pem("ca") }))

const connect = (job: Job, context: Tls.Context) => Tls.connect(local(job.port), { name: serverName, context })

/** The clock starts when the handshake is done. */
const client = (use: (socket: Socket.Socket, job: Job) => Effect.Effect<Work, unknown>): Play =>
  play((job, meter) =>
    Effect.gen(function* () {
      const socket = yield* connect(job, yield* trusting)
      meter.begin()
      return yield* use(socket, job)
    })
  )

const receiveExactly = (socket: Socket.Socket, bytes: number, bufsize: number) =>
  Effect.gen(function* () {
    let received = 0
    while (received < bytes) {
      const chunk = yield* socket.recv(bufsize)
      if (Option.isNone(chunk)) break
      received += chunk.value.length
    }
    return received
  })

const download = client((socket, job) =>
  Effect.map(receiveExactly(socket, job.bytes, job.size), received => ({ received, sent: 0 }))
)

const memory = new Uint8Array(64 * 1024).fill(120)

const send = client((socket, job) =>
  Effect.gen(function* () {
    const piece = memory.subarray(0, job.size)
    let sent = 0
    while (sent < job.bytes) {
      yield* socket.sendAll(piece)
      sent += job.size
    }
    yield* Effect.zipRight(socket.shutdownSend, socket.recv(1))
    return { received: 0, sent, messages: sent / job.size }
  })
)

const pingpong = client((socket, job) =>
  Effect.gen(function* () {
    const piece = memory.subarray(0, job.size)
    let received = 0
    for (let trip = 0; trip < job.messages; trip++) {
      yield* socket.sendAll(piece)
      received += yield* receiveExactly(socket, job.size, job.size)
    }
    return { received, sent: job.messages * job.size, messages: job.messages }
  })
)

const connecting = play((job, meter) =>
  Effect.gen(function* () {
    const context = yield* trusting
    meter.begin()
    let received = 0
    const once = Effect.flatMap(connect(job, context), socket => receiveExactly(socket, 23, 1024))
    for (let i = 0; i < job.messages; i++) received += yield* Effect.scoped(once)
    return { received, sent: 0, messages: received / 22 }
  })
)

const idling = play((job, meter) =>
  Effect.gen(function* () {
    const connections = new Connections(job, meter)
    const identity = { certificate: pem("certificate"), key: Redacted.make(pem("key")) }
    const context = yield* Tls.context({ identity })
    const listener = yield* Tls.listen(local(0), { context, backlog: 4096, acceptQueue: 16384 })
    if (listener.address._tag === "Inet") meter.listening(listener.address.port)
    const handler = (socket: Socket.Socket) =>
      Effect.zipRight(
        Effect.sync(() => connections.accept()),
        socket.recv(1024)
      )
    yield* Effect.forkScoped(Server.serve(listener, handler))
    return yield* Effect.promise(() => idle(connections, job, meter))
  })
)

export const plays = {
  tlsDownload: download,
  tlsSend: send,
  tlsPingpong: pingpong,
  tlsConnect: connecting,
  tlsIdle: idling
}
