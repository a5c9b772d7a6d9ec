/** What the tests with real peers need: files of certificates, and tests that are skipped without a program. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import type * as Tls from "../../src/Tls.ts"
import { isThere } from "../cli/spawn.ts"
import { authority, identity, issue } from "./kit.ts"

/** Files of certificates, for the programs. */
export const files = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tls-"))
    const file = (name: string, text: string) => {
      fs.writeFileSync(path.join(folder, name), text)
      return path.join(folder, name)
    }
    const client = issue({ names: ["client.test"] })
    return {
      folder,
      file,
      ca: file("ca.pem", authority.certificate),
      cert: file("cert.pem", identity.certificate),
      key: file("key.pem", Redacted.value(identity.key)),
      clientCert: file("client.pem", client.certificate),
      clientKey: file("clientKey.pem", Redacted.value(client.key))
    }
  }),
  ({ folder }) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** Declares tests of a program. They are skipped if it is missing. */
export const withProgram = (
  program: string,
  args: ReadonlyArray<string>,
  tests: (
    test: <A, E>(title: string, run: () => Effect.Effect<A, E, Network.Network | Tls.Tls | Scope.Scope>) => void
  ) => void
) => {
  const has = isThere(program, args)
  describe(has ? program : `${program} (skipped: it is not installed)`, () =>
    tests((title, run) =>
      it.scopedLive.skipIf(!has)(title, () => Effect.provide(run(), [NodeTls.layer, NodeNetwork.layer]))
    )
  )
}
