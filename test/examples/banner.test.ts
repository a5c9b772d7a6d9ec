/** The example `banner`, with servers that send something, send nothing, do not exist, or cannot be reached. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fault from "effect-sockets/Fault"
import * as Network from "effect-sockets/Network"
import * as Server from "effect-sockets/Server"
import * as SimulatedNetwork from "effect-sockets/SimulatedNetwork"
import type * as Socket from "effect-sockets/Socket"
import * as SocketAddress from "effect-sockets/SocketAddress"
import { program } from "../../examples/banner/banner.ts"
import { onBoth, twice } from "./onBoth.ts"

/** Starts a server that sends `text`. Without a text it waits for the client to send. Returns its address. */
const saying = (text: string | undefined) =>
  Effect.gen(function* () {
    const listener = yield* Network.listen(SocketAddress.unsafeInet("127.0.0.1", 0))
    const say = (socket: Socket.Socket) =>
      text === undefined ? Effect.asVoid(socket.recv(1)) : Effect.orDie(socket.sendText(text, "latin1"))
    yield* Effect.forkScoped(Server.serve(listener, say))
    return `${listener.address}`
  })

describe("the banner grabber", () => {
  onBoth(
    "returns the first line or the error of each server, in the order of the servers",
    Effect.gen(function* () {
      const talkative = yield* saying("220 mail.example.org\r\n250 more\r\n")
      const ended = yield* saying("")
      const silent = yield* saying(undefined)
      const odd = yield* saying("\xff\x1b[2J")
      const gone = yield* Effect.scoped(saying(""))
      const servers = [talkative, ended, silent, odd, gone]
      const found = yield* program(servers, { concurrency: 3, timeLimit: "3 seconds" })
      assert.deepStrictEqual(
        found.map(one => ("banner" in one ? one.banner : one.error.replace(/ .*: /, ": "))),
        ["220 mail.example.org", "", "", "\xff\x1b[2J", "connect: connection refused (ECONNREFUSED)"]
      )
    })
  )

  it.live("asks `concurrency` servers at a time, and gives up on each unreachable one after the timeout", () =>
    twice(
      Effect.gen(function* () {
        const hosts = Array.from({ length: 9 }, (_, n) => `host${n}`)
        for (const host of hosts) {
          yield* Effect.asVoid(SimulatedNetwork.runOn(host, Effect.void))
          yield* Fault.partition("simulated", host)
        }
        const servers = hosts.map(host => `${host}:22`)
        const found = yield* program(servers, { concurrency: 3, timeLimit: "2 seconds" })
        assert.deepStrictEqual(
          found.map(one => "error" in one && one.error.includes("timed out")),
          Array(9).fill(true)
        )
        assert.strictEqual(yield* Clock.currentTimeMillis, 6000)
      })
    )
  )
})
