/** The secrets that `onKeyLog` gets. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Tls from "../../src/Tls.ts"
import { onEachTls, only, secured, versions } from "./kit.ts"

const thrown = new Error("the key log is full")

const failing: Record<string, NonNullable<Tls.ClientOptions["onKeyLog"]>> = {
  throws: () => {
    throw thrown
  },
  dies: () => Effect.die(thrown),
  "never ends": () => Effect.never
}

onEachTls(test => {
  for (const version of versions) {
    test(`onKeyLog of both sides gets the same secrets, in the format of SSLKEYLOGFILE (TLS ${version})`, () =>
      Effect.gen(function* () {
        const logs: [Array<string>, Array<string>] = [[], []]
        const into = (log: Array<string>) => (line: string) => Effect.sync(() => log.push(line))
        yield* secured(
          { onKeyLog: into(logs[0]), context: only(version) },
          { onKeyLog: into(logs[1]), context: only(version) }
        )
        const [client, server] = logs.map(log => log.filter(line => !line.startsWith("EXPORTER")).sort())
        assert.deepStrictEqual(client, server)
        assert.strictEqual(client?.length, version === "1.2" ? 1 : 4)
        for (const line of client ?? []) assert.match(line, /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,}$/)
      }))
  }

  for (const [what, onKeyLog] of Object.entries(failing)) {
    test(`an onKeyLog that ${what} does not harm the connection`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* secured({ onKeyLog }, { onKeyLog })
        yield* client.sendText("hello\n")
        assert.strictEqual((yield* server.recvExactly(6)).length, 6)
      }))
  }
})
