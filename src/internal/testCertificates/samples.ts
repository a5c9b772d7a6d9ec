/**
 * A valid identity, and one for each way in which a client must refuse a server. Public as part of `TestCertificates`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Identity, Pem } from "../tls/index.ts"
import { authority } from "./certificates.ts"

/**
 * A valid identity, and one for each way in which a client must refuse a server.
 *
 * @since 0.1.0
 * @category models
 */
export interface Samples {
  /** The certificate of the authority that clients trust: the `ca` of their context. */
  readonly ca: Pem
  /** A client accepts it. */
  readonly valid: Identity
  /** It expired yesterday. */
  readonly expired: Identity
  /** It becomes valid tomorrow. */
  readonly notYetValid: Identity
  /** It is valid for `other.test` only. */
  readonly wrongName: Identity
  /** An authority signed it that clients do not trust. */
  readonly unknownAuthority: Identity
}

const day = 24 * 60 * 60 * 1000

export const samples = (name: string): Effect.Effect<Samples> =>
  Effect.gen(function* () {
    const { certificate, issue } = yield* authority()
    const stranger = yield* authority({ commonName: "Unknown authority" })
    // OpenSSL checks validity by the clock of the machine.
    const now = Date.now()
    return {
      ca: certificate,
      valid: yield* issue({ names: [name] }),
      expired: yield* issue({ names: [name], validFrom: now - 2 * day, validTo: now - day }),
      notYetValid: yield* issue({ names: [name], validFrom: now + day, validTo: now + 2 * day }),
      wrongName: yield* issue({ names: ["other.test"] }),
      unknownAuthority: yield* stranger.issue({ names: [name] })
    }
  })
