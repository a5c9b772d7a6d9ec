/** Certificates and keys in files, for the options of the program. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestCertificates from "../../src/TestCertificates.ts"

/** The paths of the files. Their Scope removes them. */
export const tlsFiles = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "tls-"))),
    folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )
  const write = (name: string, text: string) => {
    const file = path.join(folder, name)
    fs.writeFileSync(file, text)
    return file
  }
  const authority = yield* TestCertificates.authority()
  const issued = (name: string, names: ReadonlyArray<string>) =>
    Effect.map(authority.issue({ names }), ({ certificate, key }) => ({
      cert: write(`${name}.pem`, certificate),
      key: write(`${name}.key`, Redacted.value(key))
    }))
  write("text.txt", "no certificate\n")
  const stranger = yield* TestCertificates.authority({ commonName: "Another authority" })
  return {
    folder,
    /** The authority of `server`, `elsewhere` and `person`. */
    ca: write("ca.pem", authority.certificate),
    otherCa: write("other.pem", stranger.certificate),
    server: yield* issued("server", ["localhost", "127.0.0.1"]),
    elsewhere: yield* issued("elsewhere", ["elsewhere.test"]),
    person: yield* issued("person", ["person.test"])
  }
})
