/** The example `transfer`, with connections that are lost in the middle. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Fault from "effect-sockets/Fault"
import * as Network from "effect-sockets/Network"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import * as SocketAddress from "effect-sockets/SocketAddress"
import * as client from "../../examples/transfer/client.ts"
import { Files } from "../../examples/transfer/files.ts"
import * as server from "../../examples/transfer/server.ts"
import { random } from "../fixtures/codecOracle.ts"
import { onBoth, twice } from "./onBoth.ts"

const name = "file.bin"
const size = 1_000_000
const next = random(7)
const content = Buffer.from(Uint8Array.from({ length: size }, () => next(256)))

/** A file in memory. `froms` has the offset of each read. `beforePiece` runs before each piece of a read. */
const memory = (initial: Uint8Array, beforePiece: (n: number) => Effect.Effect<void> = () => Effect.void) => {
  const froms: Array<number> = []
  let file: Buffer = Buffer.from(initial)
  const become = (bytes: Buffer) => {
    file = bytes
  }
  const files = Files.of({
    size: () => Effect.sync(() => file.length),
    read: (_, from) => {
      froms.push(from)
      const starts = Array.from({ length: Math.ceil((file.length - from) / 32_768) }, (_, n) => from + n * 32_768)
      return Stream.mapEffect(Stream.fromIterable(starts), start =>
        Effect.as(beforePiece((start - from) / 32_768), new Uint8Array(file.subarray(start, start + 32_768)))
      )
    },
    append: (_, bytes) => Effect.sync(() => become(Buffer.concat([file, bytes]))),
    remove: () => Effect.sync(() => become(Buffer.alloc(0))),
    sha256: () => Effect.sync(() => createHash("sha256").update(file).digest("hex"))
  })
  return { files, froms, content: () => file }
}

type Memory = ReturnType<typeof memory>

/** Downloads the file and checks its content. Returns the number of bytes at each progress report. */
const getting = (address: Network.Target, mine: Memory, onProgress: client.Progress = () => Effect.void) =>
  Effect.gen(function* () {
    const had: Array<number> = []
    const noted: client.Progress = (have, size) =>
      Effect.zipRight(
        Effect.sync(() => had.push(have)),
        onProgress(have, size)
      )
    yield* Effect.provideService(client.program(address, name, noted), Files, mine.files)
    assert.isTrue(mine.content().equals(content))
    return had
  })

const giving = (theirs: Memory) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(SocketAddress.unsafeInet("127.0.0.1", 0))
    yield* Effect.forkScoped(Effect.provideService(server.serve(listener), Files, theirs.files))
    return listener.address
  })

describe("the file transfer", () => {
  onBoth(
    "a file arrives complete, and progress is reported",
    Effect.gen(function* () {
      const theirs = memory(content)
      const had = yield* getting(yield* giving(theirs), memory(Buffer.alloc(0)))
      assert.deepStrictEqual([had[0], had[1], had.at(-1)], [0, 32_768, size])
      assert.deepStrictEqual(theirs.froms, [0])
    })
  )

  onBoth(
    "resumes where it stopped after the server resets",
    Effect.gen(function* () {
      const some = yield* Deferred.make<void>()
      let cuts = 0
      const cut = Effect.suspend(() => (cuts++ === 0 ? Effect.dieMessage("a bug") : Effect.void))
      const theirs = memory(content, n => (n === 10 ? Effect.zipRight(Deferred.await(some), cut) : Effect.void))
      const onProgress: client.Progress = have => (have > 100_000 ? Deferred.succeed(some, undefined) : Effect.void)
      const had = yield* getting(yield* giving(theirs), memory(Buffer.alloc(0)), onProgress)
      const [, from = 0] = theirs.froms
      assert.isAbove(from, 100_000)
      assert.deepStrictEqual(
        had.filter(have => have === from),
        [from, from]
      )
    })
  )

  onBoth(
    "the checksum finds an existing part of another file, which is removed and downloaded again",
    Effect.gen(function* () {
      const theirs = memory(content)
      yield* getting(yield* giving(theirs), memory(Buffer.from("of yesterday")))
      assert.deepStrictEqual(theirs.froms, [12, 0])
    })
  )

  onBoth(
    "a missing file is not requested again",
    Effect.gen(function* () {
      const address = yield* giving(memory(Buffer.alloc(0)))
      assert.strictEqual((yield* Effect.flip(getting(address, memory(Buffer.alloc(0)))))._tag, "NoFile")
    })
  )

  /** Runs a download that takes 10 seconds. After 5 seconds, runs `what`. */
  const cutBy = <A>(what: Effect.Effect<A, never, SimulatedNetwork.SimulatedNetwork>) =>
    twice(
      Effect.gen(function* () {
        const theirs = memory(content)
        const running = Effect.provideService(server.program("[::]:7100"), Files, theirs.files)
        yield* Effect.asVoid(SimulatedNetwork.runOn("server", running))
        yield* Fault.bandwidth("server", "simulated", 100_000)
        yield* Effect.fork(Effect.delay(what, "5 seconds"))
        yield* getting("server:7100", memory(Buffer.alloc(0)))
        const [first, from = 0, ...more] = theirs.froms
        assert.deepStrictEqual([first, more], [0, []])
        // Bytes that were under way when the server crashed have still arrived.
        assert.isTrue(from > 400_000 && from < 800_000, `${from}`)
      })
    )

  it.live("a reset loses at most the bytes that were under way", () => cutBy(Fault.reset(1)))

  it.live("resumes after the server has crashed and restarted", () =>
    cutBy(Effect.scoped(Effect.zipRight(Fault.crash("server"), Effect.sleep("3 seconds"))))
  )
})
