/**
 * Contexts of TLS: checks the options, and makes Node's contexts from them. Node accepts some wrong options without an
 * error, and later ends the process because of them. So every option is checked here.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import * as tls from "node:tls"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { flag } from "../option/index.ts"
import {
  type ClientCertificate,
  type Context,
  type ContextOptions,
  ContextTypeId,
  type Identity,
  TlsConfigError,
  type TlsConfigReason
} from "../tls/index.ts"
import { Acceptance } from "./acceptance.ts"
import { configReason, type NodeError } from "./errors.ts"
import { Sessions } from "./sessions.ts"

const fail = (reason: TlsConfigReason, value?: unknown): never => {
  throw new TlsConfigError({ reason, value })
}

/**
 * Runs a check. If Node throws, throws a `TlsConfigError` instead. Its reason follows from the code of Node's error, or
 * is `reason` if the code is not known.
 */
const checked = <A>(reason: TlsConfigReason, run: () => A): A => {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof TlsConfigError) throw cause
    const error = cause as NodeError
    throw new TlsConfigError({ reason: configReason(error, reason), code: error.code, cause })
  }
}

const { SSL_OP_NO_RENEGOTIATION, SSL_OP_NO_TICKET } = crypto.constants

const versions = { "1.2": "TLSv1.2", "1.3": "TLSv1.3" } as const

const versionOf = (version: "1.2" | "1.3"): "TLSv1.2" | "TLSv1.3" =>
  Object.hasOwn(versions, version) ? versions[version] : fail("BadVersions", version)

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** Checks each certificate of a PEM text, because Node ignores a certificate that it cannot read. */
const checkPem = (reason: TlsConfigReason, pem: unknown): string => {
  const found = typeof pem === "string" ? pem.match(certificate) : null
  if (found === null) return fail(reason)
  for (const one of found) checked(reason, () => new crypto.X509Certificate(one))
  return pem as string
}

/** Checks the protocols of ALPN and returns a copy. An invalid protocol would make Node end the process. */
export const checkAlpn = (alpn: ReadonlyArray<string> | undefined): Array<string> | undefined => {
  if (alpn === undefined) return undefined
  const isProtocol = (protocol: unknown) => {
    const bytes = typeof protocol === "string" ? Buffer.byteLength(protocol) : 0
    return bytes > 0 && bytes < 256
  }
  if (!Array.isArray(alpn) || alpn.length === 0 || !alpn.every(isProtocol)) return fail("BadAlpn", alpn)
  return [...alpn]
}

const identityOptions = (identity: Identity | undefined): tls.SecureContextOptions => {
  if (identity === undefined) return {}
  const { certificate, key, passphrase } = identity
  if (certificate === undefined) return fail("MissingCertificate")
  if (key === undefined) return fail("MissingKey")
  const cert = checkPem("BadCertificate", certificate)
  const pem = Redacted.value(key)
  const secret = passphrase === undefined ? undefined : Redacted.value(passphrase)
  const isEncrypted = /ENCRYPTED/.test(String(pem))
  if (isEncrypted && secret === undefined) return fail("BadKey")
  const reason = isEncrypted ? "BadPassphrase" : "BadKey"
  const options = secret === undefined ? { key: pem } : { key: pem, passphrase: secret }
  checked(reason, () => crypto.createPrivateKey({ ...options, format: "pem" }))
  return { cert, ...options }
}

const secureOptions = (options: ContextOptions): tls.SecureContextOptions => {
  const { ca = "system", ciphers, identity, maxVersion = "1.3", minVersion = "1.2" } = options
  const versions = { minVersion: versionOf(minVersion), maxVersion: versionOf(maxVersion) }
  if (minVersion > maxVersion) return fail("BadVersions", `${minVersion} to ${maxVersion}`)
  const authorities =
    ca === "system" ? {} : { ca: (typeof ca === "string" ? [ca] : [...ca]).map(pem => checkPem("BadAuthority", pem)) }
  return {
    ...authorities,
    ...versions,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...identityOptions(identity),
    // Without the first flag, a peer could make us repeat the handshake again and again on one connection.
    secureOptions: SSL_OP_NO_RENEGOTIATION | (flag("resume", options.resume, false) ? 0 : SSL_OP_NO_TICKET)
  }
}

/** Fields with `#` are not in the output of `inspect`. A `tls.Server` has the private key as text. */
export class NodeContext implements Context {
  readonly [ContextTypeId]: typeof ContextTypeId = ContextTypeId
  readonly alpn: ReadonlyArray<string> | undefined
  secureContext: tls.SecureContext
  hasIdentity: boolean
  /** True if the options name the authorities, also if they are `"system"`. */
  readonly hasAuthorities: boolean
  /** The sessions that clients with this context can continue. `undefined` if the option `resume` is not true. */
  sessions: Sessions | undefined
  #options: ContextOptions
  readonly #acceptances = new Map<string, Acceptance>()

  constructor(options: ContextOptions) {
    this.#options = options
    this.alpn = checkAlpn(options.alpn)
    const secure = secureOptions(options)
    this.secureContext = checked("Unknown", () => tls.createSecureContext(secure))
    this.hasIdentity = options.identity !== undefined
    this.hasAuthorities = options.ca !== undefined
    this.sessions = options.resume === true ? new Sessions() : undefined
  }

  /** Replaces the identity for new connections. Existing connections keep the old identity. */
  reload(identity: Identity): void {
    const options = { ...this.#options, identity }
    const secure = secureOptions(options)
    this.secureContext = checked("Unknown", () => tls.createSecureContext(secure))
    this.#options = options
    this.hasIdentity = true
    // Drops the sessions. If a client continued an old session, the server would still see the old identity.
    this.sessions = this.sessions && new Sessions()
    for (const acceptance of this.#acceptances.values()) acceptance.reload(secure)
  }

  /**
   * Returns the `Acceptance` for these options of a server. It is kept, because a new one makes a new context in Node.
   */
  acceptance(clientCertificate: ClientCertificate, hasSni: boolean): Acceptance {
    // Node 20 also continues a session under another name (SNI). So a client whose certificate is valid for one name
    // would be accepted under a name with other authorities.
    const isFresh = hasSni && clientCertificate !== "none"
    const key = `${clientCertificate} ${isFresh}`
    const existing = this.#acceptances.get(key)
    if (existing !== undefined) return existing
    const acceptance = new Acceptance(secureOptions(this.#options), clientCertificate, this.alpn, isFresh)
    this.#acceptances.set(key, acceptance)
    return acceptance
  }
}

/** Returns `context` with the type `NodeContext`. Throws if another engine made `context`. */
export const contextOf = (context: Context): NodeContext => {
  if (context instanceof NodeContext) return context
  throw new TypeError("this value is not a context of Tls; make one with Tls.context")
}

/** Runs checks. If they throw a `TlsConfigError`, the effect fails with it. After another error, the effect dies. */
export const attempt = <A>(run: () => A): Effect.Effect<A, TlsConfigError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      return cause instanceof TlsConfigError ? Effect.fail(cause) : Effect.die(cause)
    }
  })
