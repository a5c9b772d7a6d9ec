/** Every option of the library, given wrong values as JavaScript can. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Client from "../src/Client.ts"
import * as Fault from "../src/Fault.ts"
import * as Framing from "../src/Framing.ts"
import * as Latency from "../src/Latency.ts"
import * as Listener from "../src/Listener.ts"
import * as Network from "../src/Network.ts"
import * as NodeTls from "../src/NodeTls.ts"
import * as Pump from "../src/Pump.ts"
import * as Server from "../src/Server.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import * as Socket from "../src/Socket.ts"
import * as SocketAddress from "../src/SocketAddress.ts"
import { OptionError } from "../src/SocketError.ts"
import * as TestCertificates from "../src/TestCertificates.ts"
import * as TestServer from "../src/TestServer.ts"
import * as Tls from "../src/Tls.ts"

type Trial = Effect.Effect<unknown, unknown, Network.Network | SimulatedNetwork.SimulatedNetwork | Scope.Scope>

/** Calls a function of the library with a value of any type. */
// biome-ignore lint/suspicious/noExplicitAny: as JavaScript does
type Call = (value: any) => Trial | unknown

const closed = SocketAddress.unsafeInet("127.0.0.1", 9)
const idle = () => Effect.void

const onSocket = (use: (socket: Socket.Socket) => Trial) => Effect.flatMap(Network.pair, ([socket]) => use(socket))
const withListener = (use: (listener: Listener.Listener) => Trial) => Effect.flatMap(Network.listen("127.0.0.1:0"), use)

const secure = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provide(self, NodeTls.layer)
const tlsClient = (options: Partial<Tls.ClientOptions>) =>
  onSocket(socket => secure(Tls.client(socket, { name: "localhost", ...options })))
const identity = Effect.runSync(
  Effect.flatMap(TestCertificates.authority(), one => one.issue({ names: ["localhost"] }))
)
const tlsListener = (options: Partial<Tls.ListenOptions>) =>
  secure(Effect.flatMap(Tls.context({ identity }), context => Tls.listen("127.0.0.1:0", { context, ...options })))

const numbers: ReadonlyArray<unknown> = [Number.NaN, -1, Number.NEGATIVE_INFINITY, "1", true, {}, null]
const ports: ReadonlyArray<unknown> = [...numbers, 1.5, 65_536]
const hosts: ReadonlyArray<unknown> = ["localhost", "1.2.3", "", "127.0.0.1:80", 5, null]
const durations: ReadonlyArray<unknown> = [Number.NaN, "5 parsecs", true, {}, null]
const flags: ReadonlyArray<unknown> = [1, "yes", null]
const words: ReadonlyArray<unknown> = ["nonsense", 1, null, "toString"]
const functions: ReadonlyArray<unknown> = [5, "f", null, {}]
const groups: ReadonlyArray<unknown> = [5, "1 second", null, idle]
const chances: ReadonlyArray<unknown> = [Number.NaN, -0.1, 1.1]

const table: ReadonlyArray<readonly [where: string, option: string, wrong: ReadonlyArray<unknown>, call: Call]> = [
  ["connect", "timeout", durations, timeout => Network.connect(closed, { timeout })],
  ["connect", "closeTimeout", durations, closeTimeout => Network.connect(closed, { closeTimeout })],
  ["connect", "highWaterMark", numbers, highWaterMark => Network.connect(closed, { highWaterMark })],
  ["connect", "noDelay", flags, noDelay => Network.connect(closed, { noDelay })],
  ["connect", "family", words, family => Network.connect("localhost:9", { family })],
  ["connect", "keepAlive", durations.filter(one => one !== null), keepAlive => Network.connect(closed, { keepAlive })],
  ["connect", "keepAlive.delay", durations, delay => Network.connect(closed, { keepAlive: { delay } })],
  ["connect", "keepAlive.count", numbers, count => Network.connect(closed, { keepAlive: { delay: 1, count } })],
  [
    "listen",
    "keepAlive.interval",
    durations,
    interval => Network.listen(closed, { keepAlive: { delay: 1, interval } })
  ],
  ["connect", "typeOfService", [...numbers, 1.5, 256], typeOfService => Network.connect(closed, { typeOfService })],
  ["connect", "localAddress", hosts, localAddress => Network.connect(closed, { localAddress })],
  ["connect", "localPort", ports, localPort => Network.connect(closed, { localPort })],
  ["connect", "family", ["IPv6"], family => Network.connect(closed, { localAddress: "127.0.0.1", family })],
  ["listen", "reusePort", flags, reusePort => Network.listen("127.0.0.1:0", { reusePort })],
  ["connect", "onFailure", words, onFailure => Network.connect(closed, { onFailure })],
  ["connect", "timeouts.recvTimeout", durations, recvTimeout => Network.connect(closed, { timeouts: { recvTimeout } })],
  ["connect", "timeouts", groups, timeouts => Network.connect(closed, { timeouts })],
  ["connect", "onAttempt", functions, onAttempt => Network.connect("localhost:9", { onAttempt })],
  ["listen", "timeouts", groups, timeouts => Network.listen("127.0.0.1:0", { timeouts })],
  ["listenFd", "fd", ["x", true, {}, null, undefined], fd => Network.listenFd(fd)],
  ["listen", "backlog", numbers, backlog => Network.listen("127.0.0.1:0", { backlog })],
  ["listen", "acceptQueue", numbers, acceptQueue => Network.listen("127.0.0.1:0", { acceptQueue })],
  ["listen", "ipv6Only", flags, ipv6Only => Network.listen("[::]:0", { ipv6Only })],
  ["listen", "removeStale", flags, removeStale => Network.listen("unix:/x", { removeStale })],
  ["listen", "highWaterMark", numbers, highWaterMark => Network.listen("127.0.0.1:0", { highWaterMark })],
  ["listen", "timeouts.sendTimeout", durations, sendTimeout => Network.listen("[::]:0", { timeouts: { sendTimeout } })],
  ["listenFd", "backlog", numbers, backlog => Network.listenFd(3, { backlog })],
  [
    "withTimeouts",
    "timeouts.messageTimeout",
    durations,
    messageTimeout => onSocket(socket => Effect.sync(() => Socket.withTimeouts(socket, { messageTimeout })))
  ],
  [
    "withTimeouts",
    "timeouts.minThroughput.bytes",
    [...numbers, undefined],
    bytes => onSocket(socket => Effect.sync(() => Socket.withTimeouts(socket, { minThroughput: { bytes, per: 1000 } })))
  ],
  [
    "withTimeouts",
    "timeouts.minThroughput.per",
    durations,
    per => onSocket(socket => Effect.sync(() => Socket.withTimeouts(socket, { minThroughput: { bytes: 1, per } })))
  ],
  [
    "withTimeouts",
    "timeouts",
    groups,
    timeouts => onSocket(socket => Effect.sync(() => Socket.withTimeouts(socket, timeouts)))
  ],
  [
    "withTimeouts",
    "timeouts.minThroughput",
    groups,
    minThroughput => onSocket(socket => Effect.sync(() => Socket.withTimeouts(socket, { minThroughput })))
  ],
  ...(["onRecv", "onEnd", "onSend", "onError", "onClose", "beforeSend"] as const).map(
    name =>
      [
        "wrap",
        name,
        functions,
        (value: unknown) => onSocket(socket => Effect.sync(() => Socket.wrap(socket, { [name]: value as never })))
      ] as const
  ),
  ["recvAll", "limit", numbers.slice(0, -1), limit => onSocket(socket => socket.recvAll({ limit }))],
  ["recvUntil", "limit", numbers.slice(0, -1), limit => onSocket(socket => socket.recvUntil("x", { limit }))],
  ["recvLine", "limit", numbers.slice(0, -1), limit => onSocket(socket => socket.recvLine({ limit }))],
  ["recvLine", "encoding", words, encoding => onSocket(socket => socket.recvLine({ encoding }))],
  ["recvLine", "terminator", words, terminator => onSocket(socket => socket.recvLine({ terminator }))],
  ["recvText", "onInvalid", words, onInvalid => onSocket(socket => socket.recvText(1, { onInvalid }))],
  ["recvText", "encoding", ["utf8"], encoding => onSocket(socket => socket.recvText(1, encoding))],
  [
    "Listener.queue",
    "capacity",
    numbers,
    capacity => Listener.queue({ address: closed, capacity, open: idle as never, refuse: idle, close: Effect.void })
  ],
  ["lengthPrefixed", "size", [undefined, 3, "4", Number.NaN, null], size => Framing.lengthPrefixed({ size })],
  ["lengthPrefixed from JavaScript", "size", [2], bytes => Framing.lengthPrefixed({ bytes } as never)],
  ["lengthPrefixed", "endianness", words, endianness => Framing.lengthPrefixed({ size: 2, endianness })],
  ["lengthPrefixed", "limit", numbers, limit => Framing.lengthPrefixed({ size: "varint", limit })],
  ["delimited", "limit", numbers, limit => Framing.delimited("x", { limit })],
  ["lines", "limit", numbers, limit => Framing.lines({ limit })],
  ["lines", "encoding", words, encoding => Framing.lines({ encoding })],
  ["lines", "terminator", words, terminator => Framing.lines({ terminator })],
  ["ndjson", "limit", numbers, limit => Framing.ndjson({ limit })],
  [
    "serve",
    "maxConnections",
    numbers,
    maxConnections => withListener(it => Server.serve(it, idle, { maxConnections }))
  ],
  ["serve", "handler", [...functions, undefined], handler => withListener(it => Server.serve(it, handler))],
  ["serve", "onOutcome", functions, onOutcome => withListener(it => Server.serve(it, idle, { onOutcome }))],
  ["serve", "acceptRetry", functions, acceptRetry => withListener(it => Server.serve(it, idle, { acceptRetry }))],
  ["serve", "whenFull", words, whenFull => withListener(it => Server.serve(it, idle, { whenFull }))],
  [
    "serve",
    "handlerTimeout",
    durations,
    handlerTimeout => withListener(it => Server.serve(it, idle, { handlerTimeout }))
  ],
  [
    "Server.make",
    "interruptTimeout",
    durations,
    interruptTimeout => withListener(it => Server.make(it, idle, { interruptTimeout }))
  ],
  [
    "Server.make",
    "drainTimeout",
    durations,
    drainTimeout => withListener(it => Server.make(it, idle, { drainTimeout }))
  ],
  [
    "Server.layer",
    "maxConnections",
    numbers,
    maxConnections => Layer.build(Server.layer("[::]:0", idle, { maxConnections }))
  ],
  ["receiveOnce", "timeout", durations, timeout => Client.receiveOnce(closed, { timeout })],
  ["receiveOnce", "encoding", words, encoding => Client.receiveOnce(closed, { encoding })],
  ["receiveMessage", "maxBytes", numbers, maxBytes => Client.receiveMessage(closed, { maxBytes })],
  ["receiveMessage", "idleTimeout", durations, idleTimeout => Client.receiveMessage(closed, { idleTimeout })],
  ["receiveMessage", "onInvalid", words, onInvalid => Client.receiveMessage(closed, { onInvalid })],
  ["receiveMessage", "onText", functions, onText => Client.receiveMessage(closed, { onText })],
  ["pump", "onProgress", functions, onProgress => onSocket(socket => Pump.pump(socket, socket, { onProgress }))],
  ["Tls.context", "resume", flags, resume => secure(Tls.context({ resume }))],
  ["Tls.client", "handshakeTimeout", durations, handshakeTimeout => tlsClient({ handshakeTimeout })],
  ["Tls.client", "closeNotify", words, closeNotify => tlsClient({ closeNotify })],
  ["Tls.client", "highWaterMark", numbers, highWaterMark => tlsClient({ highWaterMark })],
  ["Tls.client", "closeTimeout", durations, closeTimeout => tlsClient({ closeTimeout })],
  ["Tls.client", "onFailure", words, onFailure => tlsClient({ onFailure })],
  ["Tls.client", "onKeyLog", functions, onKeyLog => tlsClient({ onKeyLog })],
  ["Tls.client", "verify", words, verify => tlsClient({ verify })],
  ["Tls.listen", "clientCertificate", words, clientCertificate => tlsListener({ clientCertificate })],
  ["Tls.listen", "sni", functions, sni => tlsListener({ sni })],
  ["Tls.listen", "handshakeTimeout", durations, handshakeTimeout => tlsListener({ handshakeTimeout })],
  ["Tls.listen", "handshakes", numbers, handshakes => tlsListener({ handshakes })],
  ["Tls.listen", "acceptQueue", numbers, acceptQueue => tlsListener({ acceptQueue })],
  ["Tls.listen", "onHandshakeError", functions, onHandshakeError => tlsListener({ onHandshakeError })],
  ["pump", "every", durations, every => onSocket(socket => Pump.pump(socket, socket, { every, onProgress: idle }))],
  ["TestServer.layerDribble", "every", durations, every => Layer.build(TestServer.layerDribble("x", { every }))],
  [
    "TestServer.layerSlowReader",
    "bufsize",
    numbers,
    bufsize => Layer.build(TestServer.layerSlowReader(bufsize, { every: 1 }))
  ],
  ["TestServer.layerResetAfter", "bytes", numbers, bytes => Layer.build(TestServer.layerResetAfter(bytes))],
  ["TestServer.layerGarbage", "seed", [Number.NaN, "1"], seed => Layer.build(TestServer.layerGarbage(seed))],
  ["TestServer.layerEcho", "acceptQueue", numbers, acceptQueue => Layer.build(TestServer.layerEcho({ acceptQueue }))],
  ["TestServer.wait", "duration", durations, duration => TestServer.wait(duration)],
  ["SimulatedNetwork", "profile", words, profile => Layer.build(SimulatedNetwork.layerWith({ profile }))],
  ["SimulatedNetwork", "latency", durations, latency => Layer.build(SimulatedNetwork.layerWith({ latency }))],
  ["SimulatedNetwork", "window", numbers, window => Layer.build(SimulatedNetwork.layerWith({ window }))],
  ["SimulatedNetwork", "seed", [Number.NaN, "1"], seed => Layer.build(SimulatedNetwork.layerWith({ seed }))],
  ["SimulatedNetwork.run", "profile", words, profile => SimulatedNetwork.run(Effect.void, { profile })],
  ["Latency.uniform", "max", durations, max => Latency.uniform(0, max)],
  ["Latency.bimodal", "probability", chances, probability => Latency.bimodal(1, 2, probability)],
  ["Fault.loss", "probability", chances, probability => Fault.loss("a", "b", probability)],
  ["Fault.corrupt", "probability", chances, probability => Fault.corrupt("a", "b", probability)],
  ["Fault.bandwidth", "bytesPerSecond", numbers, bytes => Fault.bandwidth("a", "b", bytes)],
  ["Fault.latency", "latency", durations, latency => Fault.latency("a", "b", latency)],
  ["Fault.fragment", "how", words, how => Fault.fragment(how)]
]

/** The error that a call throws, or that its effect dies with. */
const errorOf = (call: Call, value: unknown) =>
  Effect.suspend(() => {
    const result = call(value)
    return Effect.isEffect(result) ? (result as Trial) : Effect.succeed(result)
  }).pipe(
    Effect.exit,
    Effect.map(exit => (Exit.isFailure(exit) ? Cause.squash(exit.cause) : `no error for ${String(value)}`)),
    Effect.scoped,
    Effect.provide(SimulatedNetwork.layer)
  )

describe("a wrong option is found where it is given, by an error that names it:", () => {
  for (const [where, option, wrong, call] of table) {
    it.effect(`${option} of ${where}`, () =>
      Effect.forEach(wrong, value =>
        Effect.map(errorOf(call, value), error => {
          assert.instanceOf(error, OptionError, String(error))
          assert.strictEqual((error as OptionError).option, option)
        })
      )
    )
  }

  it("the message says what the option must be", () => {
    const messageOf = (call: () => unknown) => {
      try {
        return call()
      } catch (error) {
        return (error as Error).message
      }
    }
    assert.strictEqual(
      messageOf(() => Framing.lengthPrefixed({ bytes: 2 } as never)),
      'option size must be 1 or 2 or 4 or 8 or "varint", not undefined'
    )
    assert.strictEqual(
      messageOf(() => Framing.lines({ limit: Number.NaN })),
      "option limit must be 0 or a larger number, not NaN"
    )
  })
})
