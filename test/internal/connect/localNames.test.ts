/** Names that always mean this machine: `localhost` and every name under it (RFC 6761, section 6.3). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isLocalName } from "../../../src/internal/address/index.ts"
import * as Network from "../../../src/Network.ts"
import { onEach } from "../../networks.ts"

onEach(test => {
  describe("a connect to this machine", () => {
    for (const host of ["localhost", "localhost.", "LocalHost.", "app.localhost", "a_b.app.localhost."]) {
      test(`works by the name ${host}, without a name server`, () =>
        Effect.gen(function* () {
          const { address } = yield* Network.listen("127.0.0.1:0")
          const port = address._tag === "Inet" ? address.port : 0
          const socket = yield* Network.connect({ host, port })
          assert.deepStrictEqual(socket.remoteAddress, address)
        }))
    }
  })
})

it("a name that only ends in the same letters, or only contains localhost, does not mean this machine", () => {
  for (const host of ["mylocalhost", "localhost.example.org", "localhosts", "localhost..", "my-localhost."]) {
    assert.isFalse(isLocalName(host))
  }
})
