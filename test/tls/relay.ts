/** A relay between a client and a server, which reads and changes the records of TLS on their way. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import type { RecvReason } from "../../src/SocketError.ts"
import type * as Tls from "../../src/Tls.ts"
import { proxied } from "../proxied.ts"
import { both, type Client, clientOn, type Server, serverOn } from "./kit.ts"

/** The length of the header of a record: its type, its version and the length of its body. */
export const header = 5

/** One direction of the relay. */
export class Way {
  /** What the relay passes on in place of a record. */
  edit: (record: Uint8Array) => ReadonlyArray<Uint8Array> = record => [record]
  /** Runs after each record. */
  after: () => Effect.Effect<void> = () => Effect.void
  /** The records that the relay has read. */
  readonly records: Array<Uint8Array> = []
  /** How the stream of records ended. */
  end: "the end" | RecvReason | undefined
  /** The socket of the relay that the receiver is connected to. */
  readonly to: Socket.Socket
  private readonly from: Socket.Socket

  constructor(from: Socket.Socket, to: Socket.Socket) {
    this.from = from
    this.to = to
  }

  /** Passes records until the sender ends or resets, then does the same to the receiver. */
  get run(): Effect.Effect<void> {
    const { from, to } = this
    const next = Effect.gen(this, function* () {
      const head = yield* from.recvExactly(header)
      const body = yield* from.recvExactly((head[3]! << 8) | head[4]!)
      const record = Uint8Array.from([...head, ...body])
      this.records.push(record)
      for (const part of this.edit(record)) yield* to.sendAll(part)
      yield* this.after()
    })
    return Effect.catchAll(Effect.forever(next), error => {
      this.end = error._tag === "UnexpectedEnd" ? "the end" : error._tag === "RecvError" ? error.reason : undefined
      return this.end === "Reset" ? to.abort : Effect.ignore(to.shutdownSend)
    })
  }
}

export interface Relayed {
  readonly toServer: Way
  readonly toClient: Way
}

/** Two plain connections with a relay between them. The client and the server have to do their handshakes. */
export const relay = Effect.gen(function* () {
  const { a, b, client, server } = yield* proxied
  const toServer = new Way(a, b)
  const toClient = new Way(b, a)
  yield* Effect.forkScoped(toServer.run)
  yield* Effect.forkScoped(toClient.run)
  return { client, server, toServer, toClient }
})

export interface Ends extends Relayed {
  readonly client: Tls.TlsSocket
  readonly server: Tls.TlsSocket
}

/** A client and a server that have done their handshakes through a relay. Each has received a byte of the other. */
export const relayed = (client?: Client, server?: Server) =>
  Effect.gen(function* () {
    const plain = yield* relay
    const [a, b] = yield* both(clientOn(plain.client, client), serverOn(plain.server, server))
    const ends: Ends = { ...plain, client: Either.getOrThrow(a), server: Either.getOrThrow(b) }
    yield* ends.client.sendText("?")
    yield* ends.server.recvExactly(1)
    yield* ends.server.sendText("!")
    yield* ends.client.recvExactly(1)
    return ends
  })

/** The side that sends, the side that receives, and the records on the way. */
export interface Flow {
  readonly sender: Tls.TlsSocket
  readonly receiver: Tls.TlsSocket
  readonly way: Way
}

type OnTls<A, E> = Effect.Effect<A, E, Network.Network | Tls.Tls | Scope.Scope>

/** Runs `use` for each direction, on new connections. `options` are those of the receiver. */
export const eachWay = <E>(
  version: Tls.Version,
  use: (flow: Flow) => OnTls<void, E>,
  options?: Pick<Tls.SideOptions, "closeNotify" | "highWaterMark">
) =>
  Effect.forEach(["client", "server"] as const, receives =>
    Effect.scoped(
      Effect.gen(function* () {
        const context = { minVersion: version, maxVersion: version }
        const at = (side: "client" | "server") => ({ ...(side === receives ? options : {}), context })
        const { client, server, toClient, toServer } = yield* relayed(at("client"), at("server"))
        yield* use(
          receives === "client"
            ? { sender: server, receiver: client, way: toClient }
            : { sender: client, receiver: server, way: toServer }
        )
      })
    )
  )
