/** Random conversations: either end does anything, in any order, and the results are recorded. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { pattern, Random } from "../../src/internal/conformance/kit/bytes.ts"
import { isDone, turns } from "../../src/internal/conformance/kit/pairs.ts"
import type * as Network from "../../src/Network.ts"
import type * as Socket from "../../src/Socket.ts"
import { meet } from "./conversation.ts"
import type { Script, Stage } from "./script.ts"

/** After so many turns, everything that was sent has arrived. There is no one event to wait for instead. */
const settled = 30

/** Returns the result of an effect. If it still waits after a while, interrupts it and says so. */
const forAWhile = <A, E>(on: Stage, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* turns(on, settled)
    if (yield* isDone(fiber)) return yield* Fiber.join(fiber)
    yield* Fiber.interrupt(fiber)
    return "it waits"
  })

type Deed = readonly [
  what: string,
  weight: number,
  does: (socket: Socket.Socket, random: Random) => Effect.Effect<unknown, unknown>
]

const deeds: ReadonlyArray<Deed> = [
  ["sends", 5, (socket, random) => socket.sendAll(pattern(random.int(1, 30), random.int(1, 1000)))],
  ["sends more", 2, (socket, random) => socket.sendAll(pattern(random.int(500, 5000), random.int(1, 1000)))],
  ["sends nothing", 1, socket => socket.sendAll([])],
  ["receives", 4, (socket, random) => socket.recvExactly(random.int(1, 10))],
  ["receives much", 2, socket => socket.recvExactly(3000)],
  ["looks", 1, socket => socket.peekFull(5)],
  ["waits for the end", 2, socket => socket.awaitEnd],
  ["ends its half", 2, socket => socket.shutdownSend],
  ["closes", 1, socket => socket.close],
  ["aborts", 1, socket => socket.abort],
  ["counts", 1, socket => socket.stats]
]

const lots = deeds.flatMap(deed => Array.from({ length: deed[1] }, () => deed))

const conversation = (seed: number, title: string, options?: Network.ConnectionOptions): Script => ({
  title: `conversation ${seed}${title}`,
  run: on =>
    Effect.gen(function* () {
      const random = new Random(seed)
      const { client, server } = yield* meet(on, options)
      for (let n = 0; n < 20; n++) {
        const [who, socket] = random.int(0, 1) === 0 ? (["client", client] as const) : (["server", server] as const)
        const [what, , does] = lots[random.int(0, lots.length - 1)]!
        yield* on.tell(`${n}: the ${who} ${what}`, forAWhile(on, does(socket, random)))
      }
    })
})

export const chance: ReadonlyArray<Script> = Array.from({ length: 20 }, (_, seed) => [
  conversation(seed, ""),
  conversation(seed, ", with a highWaterMark of 1 byte", { highWaterMark: 1 })
]).flat()
