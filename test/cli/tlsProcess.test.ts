/** The program as a process, against the server of OpenSSL. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isThere, program, start } from "./spawn.ts"
import { tlsFiles } from "./tlsFiles.ts"

const reason = isThere("openssl", ["version"]) ? "" : " (skipped: no openssl)"

for (const version of ["1.2", "1.3"]) {
  it.scopedLive.skipIf(reason !== "")(`pipe exchanges lines with openssl s_server over TLS ${version}${reason}`, () =>
    Effect.gen(function* () {
      const { ca, server } = yield* tlsFiles
      const words = ["s_server", "-accept", "127.0.0.1:0", "-cert", server.cert, "-key", server.key, "-rev"]
      const openssl = yield* start("openssl", [...words, `-tls${version.replace(".", "_")}`])
      const [, port = ""] = yield* openssl.wrote("stdout", /^ACCEPT [\d.]+:(\d+)$/m)
      const pipe = yield* program(["pipe", "localhost", port, "-4", "--tls", "--tls-ca", ca, "-v", "--eof", "ignore"])
      yield* pipe.type("hello\n")
      yield* pipe.wrote("stdout", /^olleh\n/)
      yield* pipe.wrote(
        "stderr",
        new RegExp(`^tls .*: TLS ${version.replace(".", "\\.")}, \\w+; certificate for localhost`, "m")
      )
      yield* pipe.kill("SIGINT")
      assert.strictEqual((yield* pipe.ended).code, 130)
    })
  )
}

it.scopedLive.skipIf(reason !== "")(`openssl s_client receives the text of server --tls${reason}`, () =>
  Effect.gen(function* () {
    const { ca, server } = yield* tlsFiles
    const listening = yield* program([
      ...["server", "127.0.0.1", "0", "--message", "hello\n", "--tls"],
      ...["--tls-cert", server.cert, "--tls-key", server.key]
    ])
    const [, address = ""] = yield* listening.wrote("stderr", /^listening on (.*)\n/)
    const verified = ["-CAfile", ca, "-verify_return_error", "-verify_hostname", "localhost", "-quiet"]
    const openssl = yield* start("openssl", ["s_client", "-connect", address, "-servername", "localhost", ...verified])
    const { code, stdout } = yield* openssl.ended
    assert.deepStrictEqual([code, stdout], [0, "hello\n"])
    yield* listening.kill("SIGTERM")
    assert.strictEqual((yield* listening.ended).code, 0)
  })
)
