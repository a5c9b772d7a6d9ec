/**
 * Makes identities of servers that a client must accept or refuse. Public as part of `TestCertificates`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Identity, Pem } from "../tls/index.ts"
import { authority } from "./certificates.ts"

/**
 * Identities of servers, to test a client: a valid one, and some that a client must refuse.
 *
 * @since 0.1.0
 * @category models
 */
export interface Samples {
  /** The certificate of an authority. Use it as `ca` in the context of the client that you test. */
  readonly ca: Pem
  /** A certificate that a client must accept. */
  readonly valid: Identity
  /** A certificate that expired yesterday. */
  readonly expired: Identity
  /** A certificate that becomes valid tomorrow. */
  readonly notYetValid: Identity
  /** A certificate that is valid for `other.test` only. */
  readonly wrongName: Identity
  /** A certificate that another authority signed, not the one in `ca`. */
  readonly unknownAuthority: Identity
}

const day = 24 * 60 * 60 * 1000

export const samples = (name: string): Effect.Effect<Samples> =>
  Effect.gen(function* () {
    const { certificate, issue } = yield* authority()
    const stranger = yield* authority({ commonName: "Unknown authority" })
    // The time of the machine, also in a simulation, because OpenSSL compares certificates with this time.
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
