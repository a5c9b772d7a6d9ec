/** Random programs do the same each time. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Fault from "../../../../src/Fault.ts"
import * as Latency from "../../../../src/Latency.ts"
import * as Network from "../../../../src/Network.ts"
import * as SimulatedNetwork from "../../../../src/SimulatedNetwork.ts"
import type * as Socket from "../../../../src/Socket.ts"
import * as SocketAddress from "../../../../src/SocketAddress.ts"
import * as TestServer from "../../../../src/TestServer.ts"

type Action =
  | readonly ["sleep", millis: number]
  | readonly ["connect", to: "echo:7" | "greeting:80" | "nobody:1"]
  | readonly ["send", bytes: number]
  | readonly ["recv" | "recvExactly" | "recvText", bytes: number]
  | readonly ["shutdownSend" | "close" | "abort" | "awaitEnd" | "dawdle"]
  /** A fault that lasts so many milliseconds. */
  | readonly ["fault", fault: keyof typeof faults, millis: number]

const home = "simulated"

const faults = {
  partition: Fault.partition(home, "echo"),
  "partition one way": Fault.partition("echo", home, { oneWay: true }),
  hold: Fault.hold(home, "echo"),
  latency: Fault.latency(home, "echo", Latency.bimodal(Latency.exponential(1, 10), "1 second", 0.1)),
  bandwidth: Fault.bandwidth(home, "echo", 100_000),
  loss: Fault.loss(home, "echo", 0.3),
  "loss at home": Fault.loss(home, home, 0.3),
  corrupt: Fault.corrupt(home, "echo", 0.3),
  fragment: Fault.fragment("random"),
  rule: Fault.rule(({ bytes, kind }) => (kind === "end" ? { delay: 50 } : bytes % 7 === 1 ? "reset" : undefined)),
  reset: Effect.asVoid(Fault.reset(2)),
  "half-open": Effect.asVoid(Fault.halfOpen(3, "accepted")),
  refuse: Fault.refuse("echo"),
  hang: Fault.hang("greeting"),
  "failing sends": Fault.failNext(home, "send", "TimedOut"),
  descriptors: Fault.descriptors(home, 5),
  "slow names": Fault.slowNames(home, Latency.uniform(0, 100)),
  crash: Fault.crash("echo")
} satisfies Record<string, Fault.Fault>

interface Plan {
  readonly profile: SimulatedNetwork.Profile
  readonly seed: number
  readonly latency: number
  readonly window: number
  /** The actions of each fiber, in order. */
  readonly fibers: ReadonlyArray<ReadonlyArray<Action>>
}

const { array, constant, constantFrom, nat, oneof, record, tuple } = FastCheck

const action: FastCheck.Arbitrary<Action> = oneof(
  tuple(constant("sleep" as const), nat(2000)),
  tuple(constant("connect" as const), constantFrom("echo:7" as const, "greeting:80" as const, "nobody:1" as const)),
  tuple(constant("send" as const), nat(300_000)),
  tuple(constantFrom("recv" as const, "recvExactly" as const, "recvText" as const), nat(100_000)),
  tuple(
    constantFrom("shutdownSend" as const, "close" as const, "abort" as const, "awaitEnd" as const, "dawdle" as const)
  ),
  tuple(constant("fault" as const), constantFrom(...(Object.keys(faults) as Array<keyof typeof faults>)), nat(3000))
)

const plan: FastCheck.Arbitrary<Plan> = record({
  profile: constantFrom("calm", "lan", "wan", "awful"),
  seed: nat(),
  latency: nat(50),
  window: FastCheck.integer({ min: 100, max: 65_536 }),
  fibers: array(array(action, { maxLength: 12 }), { minLength: 1, maxLength: 8 })
})

/** So no program here waits forever. */
const limit = Effect.timeout("5 seconds")

type Needs = Network.Network | SimulatedNetwork.SimulatedNetwork | Scope.Scope

const act = (action: Action, socket: Socket.Socket): Effect.Effect<unknown, unknown, Needs> => {
  switch (action[0]) {
    case "sleep":
      return Effect.sleep(action[1])
    case "connect":
      return Network.connect(action[1])
    case "send":
      return socket.sendAll(new Uint8Array(action[1]))
    case "recv":
      return socket.recv(action[1])
    case "recvExactly":
      return socket.recvExactly(action[1])
    case "recvText":
      return socket.recvText(action[1])
    case "fault":
      return Effect.forkScoped(Effect.scoped(Effect.zipRight(faults[action[1]], Effect.sleep(action[2]))))
    case "dawdle":
      return Effect.flatMap(Random.nextIntBetween(0, 100), Effect.sleep)
    default:
      return socket[action[0]]
  }
}

/** Performs actions, and adds a line about the outcome of each: enough to see a difference between two runs. */
const perform = (actions: ReadonlyArray<Action>, lines: Array<string>, fiber: number) =>
  Effect.gen(function* () {
    const pair = yield* Effect.either(limit(Network.pair))
    if (pair._tag === "Left") {
      lines.push(`${fiber} no pair: ${pair.left}`)
      return
    }
    let [socket] = pair.right
    for (const action of actions) {
      const result = yield* Effect.either(limit(act(action, socket)))
      if (action[0] === "connect" && result._tag === "Right") socket = result.right as Socket.Socket
      lines.push(`${fiber} ${action.join(" ")}: ${result._tag === "Left" ? result.left : "done"}`)
    }
  }).pipe(Effect.scoped)

const at = (port: number): Network.ListenOptions & { readonly address: SocketAddress.Inet } => ({
  address: SocketAddress.unsafeInet("0.0.0.0", port),
  closeTimeout: "1 second"
})

const server = (host: string, port: number, layer: typeof TestServer.layerEcho) =>
  Effect.provide(Effect.provide(Effect.never, layer(at(port))), SimulatedNetwork.layerHost(host))

const program = ({ fibers }: Plan) =>
  Effect.gen(function* () {
    const echoing = Effect.provide(Effect.never, TestServer.layerEcho(at(7)))
    yield* SimulatedNetwork.runOn("echo", echoing)
    yield* Effect.forkScoped(server("greeting", 80, options => TestServer.layerGreeting("hello".repeat(999), options)))
    yield* Effect.forkScoped(Effect.provide(Network.hostname, SimulatedNetwork.layerHost("nobody")))
    yield* Effect.yieldNow()
    const lines: Array<string> = []
    yield* Effect.forEach(fibers, (actions, fiber) => perform(actions, lines, fiber), { concurrency: "unbounded" })
    return lines
  })

it.live(
  "500 random programs of connects, sends, receives, closes, sleeps and faults do the same when they run again",
  () =>
    Effect.gen(function* () {
      let lines = 0
      const done = new Set<string>()
      const property = FastCheck.asyncProperty(plan, async one => {
        const checked = SimulatedNetwork.checkDeterminism(program(one), { ...one, strict: true })
        lines += (await Effect.runPromise(checked)).length
        for (const [what, fault] of one.fibers.flat()) if (what === "fault") done.add(fault)
      })
      yield* Effect.promise(() => FastCheck.assert(property, { numRuns: 500 }))
      assert.isAbove(lines, 500)
      assert.deepStrictEqual([...done].sort(), Object.keys(faults).sort())
    }),
  600_000
)
