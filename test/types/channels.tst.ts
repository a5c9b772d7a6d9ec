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
  test("a step's errors are those of the receive", () => {
    expect(
      socket.receive((view, ended) => (ended ? Socket.fail("short" as const) : Socket.take(1, view[0])))
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
    expect(Stream.pipeThroughChannel(input, socket.channel())).type.toBe<
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

describe("layers", () => {
  test("the network of Node cannot fail", () => {
    expect(NodeNetwork.layer).type.toBe<Layer.Layer<Network.Network>>()
  })
  test("a test server can fail to listen, on whatever network it is given", () => {
    expect(TestServer.layerEcho()).type.toBe<
      Layer.Layer<TestServer.TestServer, SocketError.ListenError, Network.Network>
    >()
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
        { readonly address: SocketAddress.Inet | SocketAddress.Unix },
        SimulatedNetwork.SimulationDeadlock | SimulatedNetwork.SimulationDiverged,
        TestServer.TestServer
      >
    >()
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
