/**
 * Properties of the contract about streams, in simulations with each profile: no byte is lost, repeated or reordered.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { interruption } from "../../src/internal/conformance/chapters/interruption.ts"
import { ownership } from "../../src/internal/conformance/chapters/ownership.ts"
import { receiveFunctions } from "../../src/internal/conformance/chapters/receiveFunctions.ts"
import { sendingAndReceiving } from "../../src/internal/conformance/chapters/sendingAndReceiving.ts"
import { theEnd } from "../../src/internal/conformance/chapters/theEnd.ts"
import type { Property } from "../../src/internal/conformance/kit/statement.ts"
import { run } from "../../src/internal/conformance/suite.ts"
import * as Network from "../../src/Network.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { simulated } from "../conformance/transports.ts"

/**
 * Properties of whole streams, in pieces of any size. Properties that expect one send to be one receive are left out.
 * So are properties that expect a reset to arrive: here it may be lost, and it is not sent again.
 */
const ofStreams = [
  /^a waiting recv returns/,
  /^sendAll of several buffers/,
  /^concurrent sends never interleave/,
  /^1 MiB each way at once/,
  /^a counter of 8 bytes/,
  /, interrupted at random moments,/,
  /^after shutdownSend, the other direction still works/,
  /^the peer receives all that was sent before a close/,
  /^the caller may overwrite a buffer/,
  /^recvExactly\(n\) returns exactly n bytes/,
  /^recvText returns a character whole/,
  /^recvWith returns frames of any length/
]

const chapters = [sendingAndReceiving, interruption, theEnd, ownership, receiveFunctions]

const properties = chapters
  .flatMap(chapter => chapter.properties)
  .filter(property => ofStreams.some(title => title.test(property.title)))

/** Properties that run with every seed. */
const always = sendingAndReceiving.properties.filter(({ title }) => title.startsWith("recv returns 1 to bufsize bytes"))

/** Checks a property in its own simulation. The long `turn` gives every event of the network the time to happen. */
const perform = (property: Property, profile: SimulatedNetwork.Profile, seed: number) =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const layer = Layer.succeed(Network.Network, yield* Network.Network)
      const world = yield* SimulatedNetwork.SimulatedNetwork
      const open = Effect.map(world.netstat, sockets => ({ sockets: sockets.length }))
      const on = { ...simulated, layer, open, turn: Effect.sleep("5 seconds"), timeout: "10 days" } as const
      yield* run(on, property, "100 days")
      return yield* world.trace
    }),
    { profile, seed, strict: true }
  )

const seeds = 200

/** The events that must have happened at least once with each profile. */
const weather: Readonly<Record<SimulatedNetwork.Profile, ReadonlyArray<SimulatedNetwork.Event["kind"]>>> = {
  calm: [],
  lan: [],
  wan: ["drop", "retransmit"],
  awful: ["drop", "retransmit"]
}

describe(`${seeds} seeds`, () => {
  it("select the expected number of properties", () =>
    assert.deepStrictEqual([always.length, properties.length], [1, 24]))

  for (const profile of ["calm", "lan", "wan", "awful"] as const) {
    it.live(
      `with profile ${profile} lose no byte of a stream, repeat none and reorder none`,
      () =>
        Effect.gen(function* () {
          const seen = new Set<string>()
          for (let seed = 0; seed < seeds; seed++) {
            for (const property of [...always, properties[seed % properties.length]!]) {
              const events = yield* perform(property, profile, seed).pipe(
                Effect.catchAllDefect(defect => Effect.dieMessage(`${property.title} (seed ${seed}): ${defect}`))
              )
              for (const { kind } of events) seen.add(kind)
            }
          }
          for (const kind of weather[profile]) assert.isTrue(seen.has(kind), kind)
          if (profile === "calm" || profile === "lan") assert.isFalse(seen.has("drop"))
        }),
      600_000
    )
  }
})
