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
 * Makes an authority with a new key. `issue` of the authority makes certificates that the authority signs. Each
 * certificate is valid from a day ago to about 10 years from now, if the options set no other times.
 *
 * @since 0.1.0
 * @category constructors
 */
export const authority: (options?: internal.AuthorityOptions) => Effect.Effect<internal.Authority> = internal.authority

/**
 * Makes identities of servers, to test a client. A client that connects to `name` must accept one of them, and refuse
 * the others: an expired one, for example. Use each identity in the context of a server, such as a `TestServer`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const samples: (name: string) => Effect.Effect<internal.Samples> = internal.samples
