/** The trace as a diagram. The output was also parsed with Mermaid itself, with all kinds of events and names. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fault from "../../../../src/Fault.ts"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import * as SocketAddress from "../../../../src/SocketAddress.ts"

const event = (event: Partial<SimulatedNetwork.Event>): SimulatedNetwork.Event => ({
  time: 0,
  kind: "data",
  connection: 1,
  from: "10.0.0.1:49152",
  to: "10.0.0.2:80",
  hosts: ["a", "b"],
  bytes: 5,
  ...event
})

describe("a diagram", () => {
  it.live("shows the hosts, what was sent and lost between them, and faults as notes over their hosts", () =>
    Effect.gen(function* () {
      const world = yield* SimulatedNetwork.SimulatedNetwork
      const listener = yield* world.network("server").listen(SocketAddress.unsafeInet("0.0.0.0", 80))
      const connect = Network.connect("10.0.0.2:80")
      const client = yield* Effect.provideService(connect, Network.Network, world.network("client"))
      const server = yield* listener.accept
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Fault.partition("client", "server", { oneWay: true })
          yield* client.sendText("hello")
          yield* Effect.sleep("100 millis")
        })
      )
      yield* server.recvExactly(5)
      yield* client.close
      yield* Effect.sleep("1 second")
      assert.deepStrictEqual((yield* SimulatedNetwork.diagram).split("\n"), [
        "sequenceDiagram",
        "  participant h1 as server",
        "  participant h2 as client",
        "  note over h1: 0 ms listen 0.0.0.0:80",
        "  h2->>h1: 0 ms connect 10.0.0.2:80",
        "  h1-->>h2: 10 ms (1) accept",
        "  note over h2,h1: 20 ms fault partition client > server",
        "  h2->>h1: 20 ms (1) data 5 bytes",
        "  h2-xh1: 20 ms (1) drop data 5 bytes",
        "  note over h2,h1: 120 ms heal partition client > server",
        "  h2->>h1: 220 ms (1) retransmit data 5 bytes",
        "  h2->>h1: 230 ms (1) end",
        "  note over h2: 230 ms (1) close"
      ])
    }).pipe(SimulatedNetwork.run({ latency: "10 millis" }))
  )

  it("shows the last 100 events, or the last `last`, and how many came before them", () => {
    const events = Array.from({ length: 250 }, (_, time) => event({ time }))
    const lines = SimulatedNetwork.formatDiagram(events).split("\n")
    assert.deepStrictEqual(lines.slice(3, 5), [
      "  note over h1,h2: 150 earlier events",
      "  h1->>h2: 150 ms (1) data 5 bytes"
    ])
    assert.strictEqual(lines.length, 1 + 2 + 1 + 100)
    assert.strictEqual(SimulatedNetwork.formatDiagram(events, { last: 2 }).split("\n").length, 1 + 2 + 1 + 2)
    assert.strictEqual(SimulatedNetwork.formatDiagram(events, { last: 250 }).split("\n").length, 1 + 2 + 250)
  })

  it("is valid when nothing happened, and when no event is about a host", () => {
    assert.strictEqual(
      SimulatedNetwork.formatDiagram([]),
      "sequenceDiagram\n  participant h1 as world\n  note over h1: nothing happened on the network"
    )
    assert.strictEqual(
      SimulatedNetwork.formatDiagram([
        event({ kind: "fault", what: "rule", connection: 0, from: "", to: "", hosts: [] })
      ]),
      "sequenceDiagram\n  participant h1 as world\n  note over h1: 0 ms fault rule"
    )
  })

  it("shows names as they are, with the special characters of Mermaid as numbers", () => {
    const named = (name: string) => SimulatedNetwork.formatDiagram([event({ hosts: [name, name] })]).split("\n")
    for (const [name, shown] of [
      ["web-1.example", "web-1.example"],
      ["a;b", "a#59;b"],
      ["#1", "#35;1"],
      ["a\nb", "a#10;b"],
      ["%%x", "#37;#37;x"],
      [":wrap", "#58;wrap"],
      ["\u{1f600}", "#128512;"],
      [" ", "(no name)"]
    ] as const) {
      assert.deepStrictEqual(named(name).slice(1), [`  participant h1 as ${shown}`, "  h1->>h1: 0 ms (1) data 5 bytes"])
    }
    const [, , line] = SimulatedNetwork.formatDiagram([event({ kind: "fault", what: "a;\n#", hosts: ["a"] })]).split(
      "\n"
    )
    assert.strictEqual(line, "  note over h1: 0 ms (1) fault a#59;#10;#35;")
  })
})
