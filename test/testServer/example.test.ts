import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Network } from "../../src/index.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as TestServer from "../../src/TestServer.ts"

// A client that asks a mail server for its name, and the script that the two should follow.
const whoIs = (server: Network.Target) =>
  Network.withConnection(server, socket =>
    Effect.gen(function* () {
      yield* socket.recvLine()
      yield* socket.sendText("EHLO me\r\n")
      const name = yield* socket.recvLine()
      yield* socket.sendText("QUIT\r\n")
      return name
    })
  )

const mailServer = TestServer.layerScript([
  TestServer.send("220 mail.example.org ESMTP\r\n"),
  TestServer.expectLine(/^EHLO \w+$/),
  TestServer.send("250 mail.example.org\r\n"),
  TestServer.expect("QUIT\r\n"),
  TestServer.close
])

it.live("follows the protocol", () =>
  Effect.gen(function* () {
    const { address, verify } = yield* TestServer.TestServer
    assert.deepStrictEqual(yield* whoIs(address), Option.some("250 mail.example.org"))
    yield* verify
  }).pipe(Effect.provide(Layer.provideMerge(mailServer, NodeNetwork.layer)))
)
