/**
 * Certificates for tests, made in memory without `openssl`: an authority, and the certificates that it signs.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as internal from "./internal/testCertificates/index.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Authority,
  /**
   * @since 0.1.0
   * @category options
   */
  AuthorityOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  IssueOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  KeyType,
  /**
   * @since 0.1.0
   * @category models
   */
  Samples
} from "./internal/testCertificates/index.ts"

/**
 * Makes an authority with a key of its own. `issue` makes certificates that it signs. Their default validity is from a
 * day ago to 10 years from now.
 *
 * @since 0.1.0
 * @category constructors
 */
export const authority: (options?: internal.AuthorityOptions) => Effect.Effect<internal.Authority> = internal.authority

/**
 * Makes an identity for `name` that a client accepts, and one for each way in which a client must refuse it. Use them in
 * the context of a server, such as a `TestServer`, to test a client.
 *
 * @since 0.1.0
 * @category constructors
 */
export const samples: (name: string) => Effect.Effect<internal.Samples> = internal.samples
