/** The contract over TLS: a network whose connections use TLS, over another network. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Network from "../../src/Network.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import { ConnectError } from "../../src/SocketError.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"
import * as Tls from "../../src/Tls.ts"
import { type Row, simulated, tcp, unix } from "./transports.ts"

const name = "localhost"

const authority = Effect.runSync(TestCertificates.authority())
const identity = Effect.runSync(authority.issue({ names: [name] }))

/** The errors of a handshake as those of a connect, because the contract knows only `Network`. */
const asConnectError = (error: Tls.TlsError): ConnectError =>
  new ConnectError({
    reason: error.reason === "TimedOut" ? "TimedOut" : "Reset",
    address: error.remoteAddress,
    attempts: [],
    cause: error
  })

const secured = (base: Network.Service, tls: Tls.Service, context: Tls.Context): Network.Service => ({
  ...base,
  connect: (target, options) =>
    Effect.flatMap(base.connect(target, options), socket =>
      tls.client(socket, { ...options, name, context }).pipe(
        Effect.catchTag("TlsError", error => Effect.fail(asConnectError(error))),
        Effect.catchTag("TlsConfigError", Effect.die)
      )
    ),
  listen: (address, options) =>
    Effect.flatMap(base.listen(address, options), plain =>
      Tls.listener(plain, { ...options, context }).pipe(Effect.provideService(Tls.Tls, tls), Effect.orDie)
    )
})

const layer = (base: Layer.Layer<Network.Network, unknown>, version: Tls.Version): Layer.Layer<Network.Network> =>
  Layer.effect(
    Network.Network,
    Effect.gen(function* () {
      const tls = yield* Tls.Tls
      const context = yield* tls.context({
        ca: authority.certificate,
        minVersion: version,
        maxVersion: version,
        identity
      })
      return secured(yield* Network.Network, tls, context)
    })
  ).pipe(Layer.provide(Layer.merge(base, NodeTls.layer)), Layer.orDie)

const below = "TLS does not change it"

const over = (row: Row, version: Tls.Version, cannot: Row["cannot"] = {}): Row => ({
  ...row,
  name: `TLS ${version} over ${row.name}`,
  layer: layer(row.layer, version),
  // Node's TLS finishes its work in later turns of the event loop, also over a simulated network.
  turn: tcp.turn,
  cannot: {
    ...row.cannot,
    names: below,
    unroutable: below,
    localAddress: below,
    acceptReset: "its handshake fails, so it is not accepted",
    ...cannot
  }
})

export const tls13: Row = over(tcp, "1.3")
export const tls12: Row = over(tcp, "1.2")
export const tlsOverUnix: Row = over(unix, "1.3", {
  reset: "a Unix socket has no reset: after an abort the peer gets Truncated, or Reset if we had unread bytes"
})
export const tlsSimulated: Row = over(simulated, "1.3")

/** The rows over TLS, which are columns of docs/CONTRACT.md. */
export const tlsRows: ReadonlyArray<Row> = [tls13, tls12, tlsOverUnix, tlsSimulated]
