/** Handshakes whose flights are cut or changed at random. Each ends in time, with a `TlsError` or a connection. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { Random } from "../../src/internal/conformance/kit/index.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import * as Tls from "../../src/Tls.ts"
import { authority, identity, only, type Side, versions } from "./kit.ts"
import { relay, type Way } from "./relay.ts"

const randomBytes = (random: Random, most: number) =>
  Uint8Array.from({ length: random.int(0, most) }, () => random.int(0, 255))

type Change = (record: Uint8Array, random: Random) => ReadonlyArray<Uint8Array>

const changes: Readonly<Record<string, Change>> = {
  "changes a byte": (record, random) => {
    const at = random.int(0, record.length - 1)
    return [record.map((byte, i) => (i === at ? random.int(0, 255) : byte))]
  },
  "changes many bytes": (record, random) => [record.map(byte => (random.next() < 0.1 ? random.int(0, 255) : byte))],
  "changes the header": (record, random) => {
    const at = random.int(0, 4)
    return [record.map((byte, i) => (i === at ? random.int(0, 255) : byte))]
  },
  "removes bytes": (record, random) => {
    const at = random.int(0, record.length - 1)
    return [record.subarray(0, at), record.subarray(at + random.int(1, 20))]
  },
  "adds bytes": (record, random) => {
    const at = random.int(0, record.length)
    return [record.subarray(0, at), randomBytes(random, 50), record.subarray(at)]
  },
  "cuts the record": (record, random) => [record.subarray(0, random.int(0, record.length - 1))],
  "drops the record": () => [],
  "repeats the record": record => [record, record],
  "sends random bytes": (_, random) => [randomBytes(random, 2000)],
  "sends an alert": (_, random) => [Uint8Array.of(21, 3, 3, 0, 2, random.int(1, 2), random.int(0, 120))]
}

const kinds = Object.keys(changes)

/** Changes one record of the way, the first, the second or a later one. Then the peer may end or reset. */
const disturb = (way: Way, random: Random) => {
  const target = random.int(0, random.int(0, 5))
  const kind = kinds[random.int(0, kinds.length - 1)]!
  const then = random.int(0, 3)
  way.edit = record => (way.records.length - 1 === target ? changes[kind]!(record, random) : [record])
  const what = `${kind} in record ${target}${then === 1 ? ", then ends" : then === 2 ? ", then resets" : ""}`
  way.after = () => {
    if (way.records.length - 1 < target || then === 0 || then === 3) return Effect.void
    return Effect.zipRight(then === 1 ? Effect.ignore(way.to.shutdownSend) : way.to.abort, Effect.never)
  }
  return what
}

const timeout = Duration.seconds(2)

const describeSide = (side: Side): string => {
  if (Either.isRight(side)) return "connected"
  const error = side.left
  assert.strictEqual(error._tag, "TlsError", String(error))
  assert.isBelow(error.message.length, 501)
  return error.reason
}

/** Does a disturbed handshake. Returns how it ended at the client and at the server. */
const handshake = (seed: number, contexts: ReadonlyArray<Tls.Context>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const random = new Random(seed)
      const { client, server, toClient, toServer } = yield* relay
      const what = disturb(seed % 2 === 0 ? toClient : toServer, random)
      const context = contexts[random.int(0, contexts.length - 1)]!
      const options = { context, handshakeTimeout: timeout }
      const start = yield* Clock.currentTimeMillis
      const sides = yield* Effect.all(
        [
          Effect.either(Tls.client(client, { ...options, name: "localhost" })),
          Effect.either(Tls.server(server, { ...options, clientCertificate: random.next() < 0.5 ? "require" : "none" }))
        ],
        { concurrency: 2 }
      )
      const took = (yield* Clock.currentTimeMillis) - start
      const [a, b] = sides
      const reasons = sides.map(describeSide).join(", ")
      if (Either.isRight(a) && Either.isRight(b)) {
        // A change behind the handshake. Bytes arrive whole or not at all.
        const receiver = seed % 2 === 0 ? a.right : b.right
        const sender = seed % 2 === 0 ? b.right : a.right
        yield* Effect.ignore(Effect.zipRight(sender.sendText("whole"), sender.close))
        const received = yield* Effect.either(
          Effect.timeoutTo(receiver.recvAll(), {
            duration: timeout,
            onSuccess: bytes => String(Buffer.from(bytes)),
            onTimeout: () => "nothing"
          })
        )
        if (Either.isRight(received)) assert.include(["whole", "nothing"], received.right, `seed ${seed}: ${what}`)
      }
      return { what, reasons, took }
    })
  )

const contexts = Effect.forEach(versions, version =>
  Tls.context({ ca: authority.certificate, identity, ...only(version) })
)

/** Does `count` disturbed handshakes. Returns how often each outcome occurred. */
const fuzz = (first: number, count: number, most: number) =>
  Effect.gen(function* () {
    const made = yield* contexts
    const outcomes = new Map<string, number>()
    yield* Effect.forEach(
      Array.from({ length: count }, (_, i) => first + i),
      seed =>
        Effect.map(handshake(seed, made), ({ reasons, took, what }) => {
          assert.isAtMost(took, most, `seed ${seed}: ${what}: ${reasons}`)
          outcomes.set(reasons, (outcomes.get(reasons) ?? 0) + 1)
        }),
      { concurrency: 16, discard: true }
    )
    return outcomes
  })

const failedIn = (outcomes: ReadonlyMap<string, number>): number =>
  [...outcomes].reduce((sum, [reasons, count]) => (reasons === "connected, connected" ? sum : sum + count), 0)

describe("a handshake whose flights are cut or changed ends in time, with a TlsError or a connection", () => {
  for (const part of [0, 1, 2, 3]) {
    it.live(`2,000 of them, simulated, part ${part + 1} of 4`, () =>
      Effect.gen(function* () {
        // Virtual time passes only while nothing else can happen.
        const most = Duration.toMillis(timeout) + 1
        const outcomes = yield* SimulatedNetwork.run(Effect.provide(fuzz(part * 500, 500, most), NodeTls.layer))
        assert.isAtLeast(failedIn(outcomes), 200, JSON.stringify([...outcomes]))
      })
    )
  }

  it.live("200 of them, over TCP", () =>
    Effect.gen(function* () {
      // A slow machine may be late.
      const most = Duration.toMillis(timeout) + 10_000
      const outcomes = yield* Effect.provide(fuzz(10_000, 200, most), [NodeNetwork.layer, NodeTls.layer])
      assert.isAtLeast(failedIn(outcomes), 80, JSON.stringify([...outcomes]))
    })
  )
})
