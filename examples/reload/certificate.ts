/** The certificate of a server and its key in two files, which are read again while the server runs. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { Tls } from "effect-sockets"

/** The paths of the files. The first one also has the certificates of the intermediate authorities. */
export interface Files {
  readonly certificate: string
  readonly key: string
}

/** Reads both files. */
export const read = (files: Files) =>
  Effect.gen(function* () {
    const { readFileString } = yield* FileSystem.FileSystem
    const certificate = yield* readFileString(files.certificate)
    const key = Redacted.make(yield* readFileString(files.key))
    return { certificate, key } satisfies Tls.Identity
  })

const isSame = (one: Tls.Identity, other: Tls.Identity) =>
  one.certificate === other.certificate && Equal.equals(one.key, other.key)

/**
 * Reads the files again at each element of `when`. If they have changed, new connections use the new certificate. If
 * they cannot be read or are invalid, the context keeps the old one. This also happens if only one of the two files has
 * been replaced. The next element of `when` is then the next attempt.
 */
export const renewing = (context: Tls.Context, files: Files, first: Tls.Identity, when: Stream.Stream<unknown>) =>
  Stream.runFoldEffect(when, first as Tls.Identity, old =>
    Effect.gen(function* () {
      const identity = yield* read(files)
      if (isSame(identity, old)) return old
      yield* Tls.reload(context, identity)
      yield* Effect.logInfo("the certificate was renewed")
      return identity
    }).pipe(
      Effect.catchAll(error => Effect.as(Effect.logError(`the certificate was not renewed: ${error.message}`), old))
    )
  )
