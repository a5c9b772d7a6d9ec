/** The commands `resolve` and `hostinfo` on the simulated network, in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fault from "../../src/Fault.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { runOn } from "./inProcess.ts"

/** Runs the words of a command line, and returns the result with the time that it took. */
const run = (...words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const network = yield* Network.Network
    const began = yield* Clock.currentTimeMillis
    const ended = yield* runOn(Layer.succeed(Network.Network, network), words)
    return { ...ended, millis: (yield* Clock.currentTimeMillis) - began }
  })

const onNetwork = <A, E>(
  title: string,
  program: Effect.Effect<A, E, Effect.Effect.Context<Fault.Fault> | Network.Network>
) =>
  it.live(title, () =>
    SimulatedNetwork.run(
      Effect.provide(program, SimulatedNetwork.layerHost("here", { addresses: ["192.0.2.1", "2001:db8::1"] }))
    )
  )

describe("resolve", () => {
  onNetwork(
    "prints all addresses of a name, or those of one family, or the name of an address",
    Effect.gen(function* () {
      const given = (stdout: string) => ({ code: 0, stdout, stderr: "", millis: 0 })
      assert.deepStrictEqual(yield* run("resolve", "here"), given("192.0.2.1\n2001:db8::1\n"))
      assert.deepStrictEqual(yield* run("resolve", "here", "-4"), given("192.0.2.1\n"))
      assert.deepStrictEqual(yield* run("resolve", "here", "-6"), given("2001:db8::1\n"))
      assert.deepStrictEqual(yield* run("resolve", "192.0.2.1"), given("here\n"))
      assert.deepStrictEqual(yield* run("resolve", "[2001:db8::1]"), given("here\n"))
      const event = { event: "reversed", address: "2001:db8::1", name: "here" }
      assert.deepStrictEqual(JSON.parse((yield* run("resolve", "--json", "2001:db8::1")).stdout), event)
    })
  )

  onNetwork(
    "exits with 1 and the error if nothing is found",
    Effect.gen(function* () {
      const failed = (stderr: string) => ({ code: 1, stdout: "", stderr, millis: 0 })
      assert.deepStrictEqual(yield* run("resolve", "there"), failed('resolve "there": name not found (ENOTFOUND)\n'))
      const nameless = failed('resolve "192.0.2.9": name not found (ENOTFOUND)\n')
      assert.deepStrictEqual(yield* run("resolve", "192.0.2.9"), nameless)
      yield* Fault.failNext("here", "resolve", "TryAgain")
      const later = failed('resolve "here": temporary failure in name resolution (EAI_AGAIN)\n')
      assert.deepStrictEqual(yield* run("resolve", "here"), later)
    })
  )

  onNetwork(
    "waits 10 seconds or --timeout for an answer, then exits with 124",
    Effect.gen(function* () {
      yield* Fault.slowNames("here", "1 hour")
      const silent = { code: 124, stdout: "" }
      const stderr = (limit: string) => `resolve "here": no answer for ${limit}\n`
      assert.deepStrictEqual(yield* run("resolve", "here"), { ...silent, stderr: stderr("10s"), millis: 10_000 })
      const soon = yield* run("resolve", "here", "--timeout=250ms")
      assert.deepStrictEqual(soon, { ...silent, stderr: stderr("250ms"), millis: 250 })
    })
  )
})

describe("hostinfo", () => {
  const interfaces: ReadonlyArray<Network.Interface> = [
    { name: "lo", index: 1, addresses: [{ family: "IPv4", host: "127.0.0.1", prefix: 8 }] },
    {
      name: "eth0",
      index: 2,
      addresses: [
        { family: "IPv4", host: "192.0.2.1", prefix: 24 },
        { family: "IPv6", host: "2001:db8::1", prefix: 64 }
      ]
    }
  ]

  /** Information that a simulated host does not have. */
  const more = { interfaces: Effect.succeed(interfaces), descriptors: Effect.succeedSome({ limit: 1024, open: 20 }) }
  const runWith = (fields: Partial<Network.Service>, ...words: ReadonlyArray<string>) =>
    Effect.flatMap(Network.Network, network =>
      Effect.provideService(run("hostinfo", ...words), Network.Network, { ...network, ...fields })
    )

  const text = (...lines: ReadonlyArray<string>) => ({ code: 0, stdout: `${lines.join("\n")}\n`, stderr: "" })

  onNetwork(
    "prints the names, addresses and interfaces, or only those of one family",
    Effect.gen(function* () {
      const descriptors = "descriptors  20 open, limit 1024"
      const [hostname, fqdn] = ["hostname     here", "fqdn         here"]
      assert.deepInclude(
        yield* runWith(more),
        text(
          hostname,
          fqdn,
          "addresses    192.0.2.1, 2001:db8::1",
          "lo           127.0.0.1/8",
          "eth0         192.0.2.1/24, 2001:db8::1/64",
          descriptors
        )
      )
      assert.deepInclude(
        yield* runWith(more, "-6"),
        text(
          hostname,
          fqdn,
          "addresses    2001:db8::1",
          "lo           no address",
          "eth0         2001:db8::1/64",
          descriptors
        )
      )
    })
  )

  onNetwork(
    "--json prints one object",
    Effect.gen(function* () {
      const { stdout } = yield* runWith(more, "--json")
      assert.deepStrictEqual(JSON.parse(stdout), {
        event: "hostinfo",
        hostname: "here",
        fqdn: "here",
        addresses: ["192.0.2.1", "2001:db8::1"],
        descriptors: { limit: 1024, open: 20 },
        interfaces
      })
    })
  )

  onNetwork(
    "if --timeout passes, prints the reason instead of the addresses",
    Effect.gen(function* () {
      yield* Fault.slowNames("here", "1 hour")
      assert.deepStrictEqual(yield* runWith({ descriptors: Effect.succeed(Option.none()) }, "--timeout=2s"), {
        ...text(
          "hostname     here",
          "fqdn         here",
          'addresses    resolve "here": no answer for 2s',
          "descriptors  unknown"
        ),
        millis: 2000
      })
    })
  )
})
