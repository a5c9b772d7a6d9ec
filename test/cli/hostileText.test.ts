/** What the program prints on a terminal when every text of a peer is hostile. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Network from "../../src/Network.ts"
import { serve } from "../../src/Server.ts"
import * as SimulatedNetwork from "../../src/SimulatedNetwork.ts"
import { ResolveError } from "../../src/SocketError.ts"
import { runOn } from "./inProcess.ts"
import type { Ended } from "./spawn.ts"

/** Everything that a terminal or an editor may obey, and pieces of sequences that it obeys together. */
const obeyed = [
  "\x1b]0;t\x07",
  "\x1b[2J",
  "\x9b31m",
  "\r",
  "\x7f",
  "\0",
  "\x85",
  "\v\f",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066"
]

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...obeyed, "\n", "\t", "a", "\ud800"), fc.string({ unit: "binary", maxLength: 5 })), {
    minLength: 1,
    maxLength: 12
  })
  .map(pieces => pieces.join(""))

const bidi = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
const unsafeLine = new RegExp(`[^\\P{Cc}\\n]|[${bidi}]`, "u")
const unsafeText = new RegExp(`[^\\P{Cc}\\n\\t]|[${bidi}]`, "u")

const statusLine = /\r[ -~]*[^\P{Cc}\n\t]\[K/gu

/** Removes what our own status line consists of. */
const withoutStatus = (text: string): string => text.replace(statusLine, "")

/** A world with a server that sends the text, and whose names are the text too. */
const inWorld = (text: string, words: ReadonlyArray<string>): Effect.Effect<Ended> =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const network = yield* Network.Network
      const named: Network.Service = {
        ...network,
        hostname: Effect.succeed(text),
        reverse: () => Effect.succeed(text),
        resolve: (host, options) =>
          host === "127.0.0.1"
            ? network.resolve(host, options)
            : new ResolveError({ reason: "Unknown", host: text, code: text, cause: new Error(host + text) })
      }
      const listener = yield* Network.listen("127.0.0.1:808")
      yield* Effect.forkScoped(serve(listener, socket => socket.sendAll(new TextEncoder().encode(text))))
      const stdin = { size: Option.none(), read: Effect.succeedNone }
      const signal = Effect.as(Effect.sleep("3 seconds"), "SIGTERM" as const)
      const client = Effect.delay(Network.connect("127.0.0.1:809"), "1 second").pipe(
        Effect.flatMap(socket => socket.recvAll()),
        Effect.scoped,
        Effect.ignore
      )
      yield* Effect.forkScoped(client)
      return yield* runOn(Layer.succeed(Network.Network, named), words, { isTTY: true, stdin, signal })
    })
  ).pipe(Effect.orDie)

/** The commands that copy bytes may print the newlines and tabs of a peer to stdout. */
const commands: ReadonlyArray<readonly [words: ReadonlyArray<string>, stdout: RegExp, lines?: number]> = [
  [["client", "127.0.0.1", "808"], unsafeText],
  [["client", "127.0.0.1", "808", "--once", "-v"], unsafeText],
  [["pipe", "127.0.0.1", "808", "-v"], unsafeText],
  [["proxy", ":809", ":808", "--hexdump", "-v"], unsafeLine],
  [["proxy", ":809", ":808", "--hexdump", "--json"], unsafeLine],
  [["scan", "127.0.0.1", "808", "--banner"], unsafeLine, 3],
  [["scan", "127.0.0.1", "808", "--banner", "--json"], unsafeLine],
  [["resolve", "127.0.0.1", "-v"], unsafeLine, 1],
  [["resolve", "127.0.0.1", "--json"], unsafeLine, 1],
  [["resolve", "example.org"], unsafeLine, 0],
  [["resolve", "example.org", "--json"], unsafeLine, 0],
  [["hostinfo"], unsafeLine],
  [["hostinfo", "--json"], unsafeLine, 1],
  [["server", "--message", "x"], unsafeLine, 0]
]

for (const [words, unsafe, lines] of commands) {
  it(`${words.join(" ")} prints no character of a peer that a terminal obeys`, () =>
    fc.assert(
      fc.asyncProperty(hostile, async text => {
        const { stderr, stdout } = await Effect.runPromise(inWorld(text, words))
        assert.notMatch(withoutStatus(stdout), unsafe)
        assert.notMatch(withoutStatus(stderr), unsafeLine)
        if (lines !== undefined) assert.strictEqual(withoutStatus(stdout).split("\n").length - 1, lines)
      }),
      { numRuns: 30 }
    ))
}
