/**
 * The error and requirement channels of the public functions, pinned.
 */
import { Effect, type Layer, type Option, type Scope, type Sink, Stream } from "effect"
import { describe, expect, test } from "tstyche"
import * as Client from "../../src/Client.ts"
import * as Conformance from "../../src/Conformance.ts"
import type * as Listener from "../../src/Listener.ts"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as Pump from "../../src/Pump.ts"
import * as Server from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as Socket from "../../src/Socket.ts"
import type * as SocketAddress from "../../src/SocketAddress.ts"
import type * as SocketError from "../../src/SocketError.ts"
import * as TestServer from "../../src/TestServer.ts"

declare const inet: SocketAddress.Inet
declare const name: SocketAddress.HostPort
declare const socket: Socket.Socket
declare const listener: Listener.Listener

describe("connect", () => {
  test("an address can only fail to connect", () => {
    expect(Network.connect(inet)).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError, Network.Network | Scope.Scope>
    >()
  })
  test("a name can fail to resolve too", () => {
    expect(Network.connect(name)).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError | SocketError.ResolveError, Network.Network | Scope.Scope>
    >()
  })
  test("a text or a pair can be no address", () => {
    type Connecting = Effect.Effect<
      Socket.Socket,
      SocketError.ConnectError | SocketError.AddressError | SocketError.ResolveError,
      Network.Network | Scope.Scope
    >
    expect(Network.connect("localhost:808")).type.toBe<Connecting>()
    expect(Network.connect({ host: "localhost", port: 808 })).type.toBe<Connecting>()
  })
  test("a port is a number", () => {
    expect(Network.connect).type.not.toBeCallableWith({ host: "localhost", port: "808" })
  })
})

describe("listen", () => {
  test("an address can only fail to be bound", () => {
    expect(Network.listen(inet)).type.toBe<
      Effect.Effect<Listener.Listener, SocketError.ListenError, Network.Network | Scope.Scope>
    >()
  })
  test("accept needs a Scope, and can only fail to accept", () => {
    expect(listener.accept).type.toBe<Effect.Effect<Socket.Socket, SocketError.AcceptError, Scope.Scope>>()
  })
})

describe("limits", () => {
  test("give a socket, data first and data last", () => {
    expect(Socket.withTimeouts(socket, { recvTimeout: "1 second" })).type.toBe<Socket.Socket>()
    expect(Socket.withTimeouts({ minThroughput: { bytes: 1, per: 1000 } })(socket)).type.toBe<Socket.Socket>()
  })
  test("are durations", () => {
    expect(Socket.withTimeouts).type.not.toBeCallableWith(socket, { recvTimeout: "soon" })
  })
})

describe("a socket", () => {
  test("recv gives bytes, or none at the end", () => {
    expect(socket.recv(1024)).type.toBe<Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>>()
  })
  test("recvExactly was promised bytes, so their end is an error", () => {
    expect(socket.recvExactly(8)).type.toBe<
      Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd>
    >()
  })
  test("recvText can fail to decode", () => {
    expect(socket.recvText(1024, "ascii")).type.toBe<
      Effect.Effect<Option.Option<string>, SocketError.RecvError | SocketError.DecodeError>
    >()
  })
  test("recvUntil can find too much before the delimiter, or the end", () => {
    type Found = Effect.Effect<
      Uint8Array,
      SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded
    >
    expect(socket.recvUntil("\n")).type.toBe<Found>()
    expect(socket.recvUntil(new Uint8Array(1), { limit: 10, keepDelimiter: true })).type.toBe<Found>()
    expect(socket.recvUntil).type.not.toBeCallableWith(10)
    expect(socket.recvUntil).type.not.toBeCallableWith(["\n", "\r"])
  })
  test("recvLine can fail as recvUntil does, and to decode; none at the end", () => {
    type Line = Effect.Effect<
      Option.Option<string>,
      SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded | SocketError.DecodeError
    >
    expect(socket.recvLine()).type.toBe<Line>()
    expect(socket.recvLine({ limit: 10, encoding: "ascii", terminator: "crlf" })).type.toBe<Line>()
    expect(socket.recvLine).type.not.toBeCallableWith({ terminator: "cr" })
  })
  test("recvAll was promised no bytes: it can only be given too many", () => {
    type All = Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.LimitExceeded>
    expect(socket.recvAll()).type.toBe<All>()
    expect(socket.recvAll({ limit: 10 })).type.toBe<All>()
  })
  test("recvInto gives how many bytes it wrote, or none at the end, and fails as recv does", () => {
    expect(socket.recvInto(new Uint8Array(10))).type.toBe<Effect.Effect<Option.Option<number>, SocketError.RecvError>>()
    expect(socket.recvInto).type.not.toBeCallableWith(10)
  })
  test("discard fails as recvExactly does, and gives nothing", () => {
    expect(socket.discard(10)).type.toBe<Effect.Effect<void, SocketError.RecvError | SocketError.UnexpectedEnd>>()
  })
  test("a step's errors are those of the receive", () => {
    expect(
      socket.recvWith((view, ended) => (ended ? Socket.fail("short" as const) : Socket.take(1, view[0])))
    ).type.toBe<Effect.Effect<number | undefined, SocketError.RecvError | "short">>()
  })
  test("a stream fails as what it repeats, a sink as sendAll, a channel as both and as what comes in", () => {
    expect(socket.stream).type.toBe<Stream.Stream<Uint8Array, SocketError.RecvError>>()
    expect(socket.lines({ limit: 80 })).type.toBe<
      Stream.Stream<
        string,
        SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded | SocketError.DecodeError
      >
    >()
    expect(socket.sink).type.toBe<Sink.Sink<void, Uint8Array, never, SocketError.SendError>>()
    const input = Stream.fail("no more" as const) as Stream.Stream<Uint8Array, "no more">
    expect(Stream.pipeThroughChannel(input, Socket.toChannel(socket))).type.toBe<
      Stream.Stream<Uint8Array, SocketError.RecvError | SocketError.SendError | "no more">
    >()
  })
  test("a pump fails to receive or to send, and needs what its report needs", () => {
    type Failure = SocketError.RecvError | SocketError.SendError
    expect(Pump.copy(socket, socket)).type.toBe<Effect.Effect<number, Failure>>()
    expect(Pump.pump(socket, socket)).type.toBe<Effect.Effect<Pump.Counts, Failure>>()
    const report = ({ aToB }: Pump.Counts) => Effect.asVoid(Effect.map(Network.Network, () => aToB))
    expect(Pump.pump(socket, socket, { onProgress: report, every: "1 minute" })).type.toBe<
      Effect.Effect<Pump.Counts, Failure, Network.Network>
    >()
  })
  test("sendAll can only fail to send, close cannot fail", () => {
    expect(socket.sendAll(new Uint8Array(1))).type.toBe<Effect.Effect<void, SocketError.SendError>>()
    expect(socket.close).type.toBe<Effect.Effect<void>>()
  })
  test("bytes are bytes: a text is refused", () => {
    expect(socket.sendAll).type.not.toBeCallableWith("text")
  })
})

describe("the client", () => {
  test("needs nothing but a Network", () => {
    expect(Client.receiveOnce(inet)).type.toBe<
      Effect.Effect<string, SocketError.ConnectError | SocketError.RecvError | SocketError.DecodeError, Network.Network>
    >()
  })
})

describe("a server", () => {
  const handler = (socket: Socket.Socket) =>
    Effect.zipRight(Effect.scope, Effect.zipRight(TestServer.TestServer, socket.recv(1)))
  test("serves for ever, can only fail to accept, and gives handlers their Scope and Draining", () => {
    expect(Server.serve(listener, handler)).type.toBe<
      Effect.Effect<never, SocketError.AcceptError, TestServer.TestServer>
    >()
    expect(Server.serve(listener, () => Effect.flatMap(Server.Draining, ({ await: drains }) => drains))).type.toBe<
      Effect.Effect<never, SocketError.AcceptError>
    >()
  })
  test("tells outcomes with the errors of its handler", () => {
    expect<Server.ServeOptions<SocketError.RecvError>["onOutcome"]>().type.toBe<
      ((outcome: Server.Outcome<SocketError.RecvError>) => Effect.Effect<void>) | undefined
    >()
    expect(Server.serve(listener, handler, { onOutcome: ({ exit }) => Effect.ignore(exit) })).type.toBe<
      Effect.Effect<never, SocketError.AcceptError, TestServer.TestServer>
    >()
  })
  test("as a layer can fail to listen, and with a text to be an address", () => {
    expect(Server.layer(inet, handler)).type.toBe<
      Layer.Layer<Server.Server, SocketError.ListenError, Network.Network | TestServer.TestServer>
    >()
    expect(Server.make(listener, handler)).type.toBe<
      Effect.Effect<Server.Service, never, TestServer.TestServer | Scope.Scope>
    >()
  })
  test("a drain cannot fail", () => {
    expect<Server.Service["drain"]>().type.toBe<Effect.Effect<Server.Drained>>()
    expect<Server.Service["join"]>().type.toBe<Effect.Effect<Server.Drained, SocketError.AcceptError>>()
  })
})

describe("layers", () => {
  test("the network of Node cannot fail", () => {
    expect(NodeNetwork.layer).type.toBe<Layer.Layer<Network.Network>>()
  })
  test("a test server can fail to listen, on whatever network it is given", () => {
    expect(TestServer.layerEcho()).type.toBe<
      Layer.Layer<
        TestServer.TestServer,
        SocketError.ListenError | SocketError.AddressError | SocketError.ResolveError,
        Network.Network
      >
    >()
    expect(TestServer.layerScript([TestServer.expect("x"), TestServer.close])).type.toBe<
      Layer.Layer<
        TestServer.TestServer,
        SocketError.ListenError | SocketError.AddressError | SocketError.ResolveError,
        Network.Network
      >
    >()
  })
  test("a script can be departed from, and what is recorded is there at any time", () => {
    expect<TestServer.Service["verify"]>().type.toBe<Effect.Effect<void, TestServer.ScriptDeparture>>()
    expect<TestServer.Service["connections"]>().type.toBe<Effect.Effect<ReadonlyArray<TestServer.Connection>>>()
  })
})

describe("SimulatedNetwork", () => {
  test("run gives a program its network, its world and its scope, and adds the deadlock", () => {
    const program = Network.connect(inet)
    expect(SimulatedNetwork.run(program)).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError | SimulatedNetwork.SimulationDeadlock>
    >()
    expect(program.pipe(SimulatedNetwork.run({ seed: 1 }))).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError | SimulatedNetwork.SimulationDeadlock>
    >()
  })
  test("what else a program needs it goes on needing", () => {
    expect(SimulatedNetwork.checkDeterminism(TestServer.TestServer)).type.toBe<
      Effect.Effect<
        TestServer.Service,
        SimulatedNetwork.SimulationDeadlock | SimulatedNetwork.SimulationDiverged,
        TestServer.TestServer
      >
    >()
  })
  test("seeds keeps the program's error in the failure that it makes of it, and is pipeable", () => {
    const program = Network.connect(inet)
    type Explored = Effect.Effect<void, SimulatedNetwork.SimulationSeedsFailed<SocketError.ConnectError>>
    expect(SimulatedNetwork.seeds(10, program)).type.toBe<Explored>()
    expect(SimulatedNetwork.seeds(10, program, { seed: 1 })).type.toBe<Explored>()
    expect(program.pipe(SimulatedNetwork.seeds(10))).type.toBe<Explored>()
    expect(program.pipe(SimulatedNetwork.seeds(10, { strict: true }))).type.toBe<Explored>()
    expect(SimulatedNetwork.seeds(10, TestServer.TestServer)).type.toBe<
      Effect.Effect<void, SimulatedNetwork.SimulationSeedsFailed<never>, TestServer.TestServer>
    >()
  })
  test("whoever looks at a world needs nothing but the world, and only what leaks fails", () => {
    type World = SimulatedNetwork.SimulatedNetwork
    expect(SimulatedNetwork.events).type.toBe<Stream.Stream<SimulatedNetwork.Event, never, World>>()
    expect(SimulatedNetwork.diagram).type.toBe<Effect.Effect<string, never, World>>()
    expect(SimulatedNetwork.awaitQuiescent).type.toBe<Effect.Effect<void, never, World>>()
    expect(SimulatedNetwork.assertNoLeaks).type.toBe<Effect.Effect<void, SimulatedNetwork.SimulationLeaked, World>>()
  })
})

describe("Conformance", () => {
  test("a property needs nothing, and does not fail", () => {
    expect<Conformance.Property["run"]>().type.toBe<Effect.Effect<void>>()
  })
  test("a layer is all that has to be stated, whatever it fails with", () => {
    expect<{ layer: Layer.Layer<Network.Network, Error> }>().type.toBeAssignableTo<Conformance.Statement>()
    expect(Conformance.chapters).type.not.toBeCallableWith({})
    expect(Conformance.chapters).type.not.toBeCallableWith({ layer: NodeNetwork.layer, cannot: { fly: "no wings" } })
  })
})
