/** Tests of the error and requirement types of the public functions. */
import { Context, Effect, type Layer, type Option, type Scope, type Sink, Stream } from "effect"
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
  test("an address can only fail with ConnectError", () => {
    expect(Network.connect(inet)).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError, Network.Network | Scope.Scope>
    >()
  })
  test("a name can also fail with ResolveError", () => {
    expect(Network.connect(name)).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError | SocketError.ResolveError, Network.Network | Scope.Scope>
    >()
  })
  test("a text or a pair can also fail with AddressError", () => {
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
  test("an address can only fail with ListenError", () => {
    expect(Network.listen(inet)).type.toBe<
      Effect.Effect<Listener.Listener, SocketError.ListenError, Network.Network | Scope.Scope>
    >()
  })
  test("accept requires a Scope, and can only fail with AcceptError", () => {
    expect(listener.accept).type.toBe<Effect.Effect<Socket.Socket, SocketError.AcceptError, Scope.Scope>>()
  })
})

describe("timeouts", () => {
  test("withTimeouts returns a socket, data-first and data-last", () => {
    expect(Socket.withTimeouts(socket, { recvTimeout: "1 second" })).type.toBe<Socket.Socket>()
    expect(Socket.withTimeouts({ minThroughput: { bytes: 1, per: 1000 } })(socket)).type.toBe<Socket.Socket>()
  })
  test("accept only durations", () => {
    expect(Socket.withTimeouts).type.not.toBeCallableWith(socket, { recvTimeout: "soon" })
  })
})

describe("a socket", () => {
  test("recv returns bytes, or none at the end", () => {
    expect(socket.recv(1024)).type.toBe<Effect.Effect<Option.Option<Uint8Array>, SocketError.RecvError>>()
  })
  test("recvExactly can also fail with UnexpectedEnd", () => {
    expect(socket.recvExactly(8)).type.toBe<
      Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.UnexpectedEnd>
    >()
  })
  test("recvText can also fail with DecodeError", () => {
    expect(socket.recvText(1024, "ascii")).type.toBe<
      Effect.Effect<Option.Option<string>, SocketError.RecvError | SocketError.DecodeError>
    >()
  })
  test("recvUntil can also fail with UnexpectedEnd or LimitExceeded", () => {
    type Found = Effect.Effect<
      Uint8Array,
      SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded
    >
    expect(socket.recvUntil("\n")).type.toBe<Found>()
    expect(socket.recvUntil(new Uint8Array(1), { limit: 10, keepDelimiter: true })).type.toBe<Found>()
    expect(socket.recvUntil).type.not.toBeCallableWith(10)
    expect(socket.recvUntil).type.not.toBeCallableWith(["\n", "\r"])
  })
  test("recvLine fails as recvUntil or with DecodeError, and returns none at the end", () => {
    type Line = Effect.Effect<
      Option.Option<string>,
      SocketError.RecvError | SocketError.UnexpectedEnd | SocketError.LimitExceeded | SocketError.DecodeError
    >
    expect(socket.recvLine()).type.toBe<Line>()
    expect(socket.recvLine({ limit: 10, encoding: "ascii", terminator: "crlf" })).type.toBe<Line>()
    expect(socket.recvLine).type.not.toBeCallableWith({ terminator: "cr" })
  })
  test("recvAll can also fail with LimitExceeded, but not with UnexpectedEnd", () => {
    type All = Effect.Effect<Uint8Array, SocketError.RecvError | SocketError.LimitExceeded>
    expect(socket.recvAll()).type.toBe<All>()
    expect(socket.recvAll({ limit: 10 })).type.toBe<All>()
  })
  test("recvInto returns the number of bytes, or none at the end, and fails as recv does", () => {
    expect(socket.recvInto(new Uint8Array(10))).type.toBe<Effect.Effect<Option.Option<number>, SocketError.RecvError>>()
    expect(socket.recvInto).type.not.toBeCallableWith(10)
  })
  test("discard fails as recvExactly does, and returns nothing", () => {
    expect(socket.discard(10)).type.toBe<Effect.Effect<void, SocketError.RecvError | SocketError.UnexpectedEnd>>()
  })
  test("the errors of a step are errors of the receive", () => {
    expect(
      socket.recvWith((view, ended) => (ended ? Socket.fail("short" as const) : Socket.take(1, view[0])))
    ).type.toBe<Effect.Effect<number | undefined, SocketError.RecvError | "short">>()
  })
  test("a stream fails as its receive, a sink as sendAll, and a channel as both or as its input", () => {
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
  test("a pump fails with RecvError or SendError, and requires what onProgress requires", () => {
    type Failure = SocketError.RecvError | SocketError.SendError
    expect(Pump.copy(socket, socket)).type.toBe<Effect.Effect<number, Failure>>()
    expect(Pump.pump(socket, socket)).type.toBe<Effect.Effect<Pump.Counts, Failure>>()
    const report = ({ aToB }: Pump.Counts) => Effect.asVoid(Effect.map(Network.Network, () => aToB))
    expect(Pump.pump(socket, socket, { onProgress: report, every: "1 minute" })).type.toBe<
      Effect.Effect<Pump.Counts, Failure, Network.Network>
    >()
  })
  test("sendAll can only fail with SendError, and close cannot fail", () => {
    expect(socket.sendAll(new Uint8Array(1))).type.toBe<Effect.Effect<void, SocketError.SendError>>()
    expect(socket.close).type.toBe<Effect.Effect<void>>()
  })
  test("sendAll does not accept a text", () => {
    expect(socket.sendAll).type.not.toBeCallableWith("text")
  })
})

describe("the client", () => {
  test("requires only a Network", () => {
    expect(Client.receiveOnce(inet)).type.toBe<
      Effect.Effect<string, SocketError.ConnectError | SocketError.RecvError | SocketError.DecodeError, Network.Network>
    >()
  })
})

describe("a server", () => {
  const handler = (socket: Socket.Socket) =>
    Effect.zipRight(Effect.scope, Effect.zipRight(TestServer.TestServer, socket.recv(1)))
  test("never succeeds, can only fail with AcceptError, and provides handlers with Scope and Draining", () => {
    expect(Server.serve(listener, handler)).type.toBe<
      Effect.Effect<never, SocketError.AcceptError, TestServer.TestServer>
    >()
    expect(Server.serve(listener, () => Effect.flatMap(Server.Draining, ({ await: drains }) => drains))).type.toBe<
      Effect.Effect<never, SocketError.AcceptError>
    >()
  })
  test("outcomes have the error type of the handler", () => {
    expect<Server.ServeOptions<SocketError.RecvError>["onOutcome"]>().type.toBe<
      ((outcome: Server.Outcome<SocketError.RecvError>) => Effect.Effect<void>) | undefined
    >()
    expect(Server.serve(listener, handler, { onOutcome: ({ exit }) => Effect.ignore(exit) })).type.toBe<
      Effect.Effect<never, SocketError.AcceptError, TestServer.TestServer>
    >()
  })
  test("the layer for an address can only fail with ListenError", () => {
    expect(Server.layer(inet, handler)).type.toBe<
      Layer.Layer<Server.Server, SocketError.ListenError, Network.Network | TestServer.TestServer>
    >()
    class Admin extends Context.Tag("Admin")<Admin, Server.Service>() {}
    expect(Server.layerAs(Admin, inet, handler)).type.toBe<
      Layer.Layer<Admin, SocketError.ListenError, Network.Network | TestServer.TestServer>
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
  test("a test server requires a Network, and fails if it cannot listen", () => {
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
  test("verify can only fail with ScriptDeparture, and connections cannot fail", () => {
    expect<TestServer.Service["verify"]>().type.toBe<Effect.Effect<void, TestServer.ScriptDeparture>>()
    expect<TestServer.Service["connections"]>().type.toBe<Effect.Effect<ReadonlyArray<TestServer.Connection>>>()
  })
})

describe("SimulatedNetwork", () => {
  test("run provides a program with its network, its world and its Scope, and adds SimulationDeadlock", () => {
    const program = Network.connect(inet)
    expect(SimulatedNetwork.run(program)).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError | SimulatedNetwork.SimulationDeadlock>
    >()
    expect(program.pipe(SimulatedNetwork.run({ seed: 1 }))).type.toBe<
      Effect.Effect<Socket.Socket, SocketError.ConnectError | SimulatedNetwork.SimulationDeadlock>
    >()
  })
  test("other requirements of a program remain", () => {
    expect(SimulatedNetwork.checkDeterminism(TestServer.TestServer)).type.toBe<
      Effect.Effect<
        TestServer.Service,
        SimulatedNetwork.SimulationDeadlock | SimulatedNetwork.SimulationDiverged,
        TestServer.TestServer
      >
    >()
  })
  test("seeds fails with an error that contains the error of the program, and is pipeable", () => {
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
  test("views of a world require only the world, and only assertNoLeaks can fail", () => {
    type World = SimulatedNetwork.SimulatedNetwork
    expect(SimulatedNetwork.events).type.toBe<Stream.Stream<SimulatedNetwork.Event, never, World>>()
    expect(SimulatedNetwork.diagram).type.toBe<Effect.Effect<string, never, World>>()
    expect(SimulatedNetwork.awaitQuiescent).type.toBe<Effect.Effect<void, never, World>>()
    expect(SimulatedNetwork.assertNoLeaks).type.toBe<Effect.Effect<void, SimulatedNetwork.SimulationLeaked, World>>()
  })
})

describe("Conformance", () => {
  test("a property requires nothing and cannot fail", () => {
    expect<Conformance.Property["run"]>().type.toBe<Effect.Effect<void>>()
  })
  test("a statement requires only a layer, with any error", () => {
    expect<{ layer: Layer.Layer<Network.Network, Error> }>().type.toBeAssignableTo<Conformance.Statement>()
    expect(Conformance.chapters).type.not.toBeCallableWith({})
    expect(Conformance.chapters).type.not.toBeCallableWith({ layer: NodeNetwork.layer, cannot: { fly: "no wings" } })
  })
})
