import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as SocketAddress from "../../src/SocketAddress.ts"
import * as TestServer from "../../src/TestServer.ts"
import { seeAll, server, textOf, visit } from "./client.ts"

/** A Unix address in a temporary folder. */
const freePath = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "test-server-"))),
    folder => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  ),
  folder => SocketAddress.unsafeUnix(path.join(folder, "socket"))
)

const onPath = <A, E>(
  title: string,
  layer: (options: TestServer.Options) => ReturnType<typeof TestServer.layerEcho<undefined>>,
  program: Effect.Effect<A, E, Network.Network | TestServer.TestServer>
) =>
  it.scopedLive(title, () =>
    Effect.flatMap(freePath, address => Effect.provide(Effect.provide(program, layer({ address })), NodeNetwork.layer))
  )

describe("on a Unix path", () => {
  onPath(
    "a script is played, recorded and verified",
    options =>
      TestServer.layerScript([TestServer.expectLine(/^ping$/), TestServer.send("pong\n"), TestServer.close], options),
    Effect.gen(function* () {
      const { awaitEnd, verify } = yield* server
      const answer = yield* visit(socket => Effect.zipRight(socket.sendText("ping\n"), socket.recvLine()))
      assert.deepStrictEqual(answer, Option.some("pong"))
      yield* verify
      const { received, remoteAddress } = yield* awaitEnd(0)
      assert.strictEqual(textOf(received), "ping\n")
      assert.deepStrictEqual(remoteAddress, SocketAddress.unixUnnamed)
    })
  )

  onPath(
    "the client sees a reset as the end",
    options => TestServer.layerResetAfter(1, options),
    Effect.gen(function* () {
      const { awaitEnd } = yield* server
      const seen = yield* visit(socket => Effect.zipRight(socket.sendText("x"), seeAll(socket)))
      assert.deepStrictEqual(seen, { text: "", end: "End" })
      assert.strictEqual((yield* awaitEnd(0)).end, "Aborted")
    })
  )
})
