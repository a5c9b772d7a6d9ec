/** The contract's properties of streams in worlds of all profiles: whatever the weather, no byte is lost, doubled or late. */
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
 * Those of whole streams, whatever pieces they come in. Not those that expect what is sent at once to be received at
 * once, nor a reset to arrive: here it may be lost, and nobody sends it again.
 */
const ofStreams = [
  /^what one end sends/,
  /^several buffers arrive/,
  /^what several fibers send at once/,
  /^1 MiB each way at once/,
  /^a counter of 8 bytes/,
  /interrupted at random moments while a stream flows/,
  /^after a half-close the other direction works/,
  /^after \d+ bytes and a close/,
  /^a buffer that was sent may be overwritten/,
  /^recvExactly gives just as many bytes/,
  /^a character that comes in two parts/,
  /^frames of whatever length/
]

const chapters = [sendingAndReceiving, interruption, theEnd, ownership, receiveFunctions]

const properties = chapters
  .flatMap(chapter => chapter.properties)
  .filter(property => ofStreams.some(title => title.test(property.title)))

/** What every seed is asked. */
const always = sendingAndReceiving.properties.filter(({ title }) => title.startsWith("recv gives at least one"))

/** In a world of its own, where it takes a while to see that something does not happen. */
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

/** What has to have happened, so that it is known to have been weathered. */
const weather: Readonly<Record<SimulatedNetwork.Profile, ReadonlyArray<SimulatedNetwork.Event["kind"]>>> = {
  calm: [],
  lan: [],
  wan: ["drop", "retransmit"],
  awful: ["drop", "retransmit"]
}

describe(`${seeds} seeds`, () => {
  it("find all those properties", () => assert.deepStrictEqual([always.length, properties.length], [1, 24]))

  for (const profile of ["calm", "lan", "wan", "awful"] as const) {
    it.live(
      `of a world that is ${profile} lose no byte of a stream, repeat none and give none out of order`,
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
