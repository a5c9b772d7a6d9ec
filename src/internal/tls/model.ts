/**
 * The options of TLS, and what a handshake negotiated. Public as part of `Tls`.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Socket from "../../Socket.ts"
import type { OnFailure } from "../stream/index.ts"
import type { Certificate } from "./certificate.ts"
import type { TlsConfigError, TlsError } from "./errors.ts"

/**
 * PEM text (RFC 7468): one certificate, several certificates, or a private key.
 *
 * @since 0.1.0
 * @category models
 */
export type Pem = string

/**
 * A version of TLS. Older versions are not supported.
 *
 * @since 0.1.0
 * @category models
 */
export type Version = "1.2" | "1.3"

/**
 * Proves to the peer who we are: a certificate chain, and the private key of its first certificate.
 *
 * @since 0.1.0
 * @category options
 */
export interface Identity {
  /** The certificate, followed by the certificates of its intermediate authorities. */
  readonly certificate: Pem
  /** The private key as PEM text. */
  readonly key: Redacted.Redacted<Pem>
  /** Decrypts the private key. */
  readonly passphrase?: Redacted.Redacted<string> | undefined
}

/**
 * Options of a context.
 *
 * @since 0.1.0
 * @category options
 */
export interface ContextOptions {
  /**
   * The authorities that may sign the certificate of a peer. Default: `"system"`, the root certificates of Node. A
   * server that asks for client certificates must set `ca`, because with the default, a certificate of any public
   * authority would be valid.
   */
  readonly ca?: "system" | Pem | ReadonlyArray<Pem> | undefined
  /** Our certificate and private key. A server needs them. A client needs them only if the server requires them. */
  readonly identity?: Identity | undefined
  /** The oldest version that we accept. Default: `"1.2"`. */
  readonly minVersion?: Version | undefined
  /** The newest version that we offer. Default: `"1.3"`. */
  readonly maxVersion?: Version | undefined
  /** Ciphers in the format of OpenSSL (`ciphers(1)`). Default: the default ciphers of Node. */
  readonly ciphers?: string | undefined
  /** The application protocols (ALPN, RFC 7301), the preferred one first. Default: none are offered. */
  readonly alpn?: Arr.NonEmptyReadonlyArray<string> | undefined
  /**
   * True if a handshake may continue an earlier session. This saves CPU on the client and the server, and a round trip
   * in TLS 1.2. A client continues only a session with the same context, `name`, `alpn` and `verify`, and checks `pins`
   * again. Neither the client nor the server verifies the certificate of the peer again. A server with `sni` that asks
   * for client certificates never continues a session. Default: false.
   */
  readonly resume?: boolean | undefined
}

export const ContextTypeId: unique symbol = Symbol.for("effect-sockets/Tls/Context")

/**
 * Checked options of TLS. Make a context once and use it for all connections, because making one takes milliseconds of
 * CPU.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context {
  readonly [ContextTypeId]: unknown
}

/**
 * What the handshake negotiated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Info {
  readonly version: Version
  /** The IANA name of the cipher, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string
  /** The application protocol that the server chose (ALPN). */
  readonly alpn: Option.Option<string>
  /** The host name that the client sent (SNI). A client whose `name` is an IP address sends none. */
  readonly serverName: Option.Option<string>
  /** The certificate of the peer. A client sends a certificate only if the server requests one. */
  readonly peerCertificate: Option.Option<Certificate>
  /** True if the handshake continued an earlier session. See `resume` of the context. */
  readonly isResumed: boolean
}

/**
 * Whether a peer must send close_notify before it ends the connection.
 *
 * - `"required"`: if the connection ends without close_notify, a receive fails with `Truncated` (or `Rejected`: see
 *   `TlsSocket`), because an attacker could have cut the stream.
 * - `"optional"`: an end without close_notify is a normal end. Some peers never send close_notify, such as Python's
 *   `ssl` after `close`.
 *
 * @since 0.1.0
 * @category options
 */
export type CloseNotify = "required" | "optional"

/**
 * Options of a client or a server.
 *
 * @since 0.1.0
 * @category options
 */
export interface SideOptions {
  /** How long the handshake may take. Default: 10 seconds. */
  readonly handshakeTimeout?: Duration.DurationInput | undefined
  /** Whether the peer must send close_notify before it ends the connection. Default: `"required"`. */
  readonly closeNotify?: CloseNotify | undefined
  /**
   * When this many decrypted bytes are buffered and no receive waits for more, reading pauses. In bytes. Default: 128
   * KiB.
   */
  readonly highWaterMark?: number | undefined
  /** How long `close` may take, for example to finish the send in flight. Default: 1 second. */
  readonly closeTimeout?: Duration.DurationInput | undefined
  /**
   * How the connection ends if its Scope fails. Default: a close after a typed failure, and a reset after a defect, an
   * interruption or an unfinished send.
   */
  readonly onFailure?: OnFailure | undefined
  /**
   * Called with each line of the key log (the format of `SSLKEYLOGFILE`), for example for Wireshark. A person who has
   * these lines can decrypt the traffic.
   */
  readonly onKeyLog?: ((line: string) => Effect.Effect<void>) | undefined
}

/**
 * Options of a client.
 *
 * @since 0.1.0
 * @category options
 */
export interface ClientOptions extends SideOptions {
  /**
   * The host name or IP address that the certificate of the server must be valid for. Only the subject alternative
   * names of the certificate count (RFC 9525). A host name is also sent to the server (SNI, RFC 6066).
   */
  readonly name: string
  /** Which context to use. Default: the context of the layer of `NodeTls`. */
  readonly context?: Context | undefined
  /** The application protocols to offer, the preferred one first. Default: `alpn` of the context. */
  readonly alpn?: Arr.NonEmptyReadonlyArray<string> | undefined
  /**
   * The pins of the public keys that the server may have (RFC 7469): see `pin` of a `Certificate`. The certificate must
   * also be valid, unless `verify` is `"insecure"`. Default: any key.
   */
  readonly pins?: ReadonlyArray<string> | undefined
  /**
   * `"insecure"` accepts any certificate (without `pins`), so an attacker can read and change everything. Use
   * `"insecure"` for tests only. Default: `"full"`.
   */
  readonly verify?: "full" | "insecure" | undefined
}

/**
 * Whether a server asks clients for a certificate.
 *
 * - `"none"`: the server does not ask.
 * - `"request"`: the server asks. It accepts a client without a certificate, and refuses one whose certificate is
 *   invalid.
 * - `"require"`: the server asks, and refuses a client without a valid certificate.
 *
 * @since 0.1.0
 * @category options
 */
export type ClientCertificate = "none" | "request" | "require"

/**
 * Options of a server.
 *
 * @since 0.1.0
 * @category options
 */
export interface ServerOptions extends SideOptions {
  /** Which context to use. It must have an identity. Default: the context of the layer of `NodeTls`. */
  readonly context?: Context | undefined
  /** Whether to ask clients for a certificate. Default: `"none"`. */
  readonly clientCertificate?: ClientCertificate | undefined
  /**
   * Returns the context for the host name that a client sends (SNI). The server uses only `identity` and `ca` of this
   * context, and it must have an `identity`. The other options of TLS, such as `minVersion` and `alpn`, come from the
   * option `context`. If `sni` returns `None`, the server uses the option `context` alone. If `sni` dies, the handshake
   * fails.
   */
  readonly sni?: ((name: string) => Effect.Effect<Option.Option<Context>>) | undefined
}

/**
 * A socket over TLS. It does what `Socket` promises. In addition, receives and sends can fail with these reasons:
 *
 * - `Truncated`: the connection ended without close_notify. Bytes that arrived before can still be received.
 * - `Tampered`: a record of TLS was changed on the way, or the peer violated the protocol.
 * - `Rejected`: the peer refused the connection, for example because of our certificate. It sent an alert. Or, in TLS
 *   1.3, a server ended without close_notify before its first bytes, and the client has an identity.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsSocket extends Socket.Socket {
  /** What the handshake negotiated. */
  readonly info: Info
  /**
   * Returns a secret of `length` bytes that only the two sides of this connection can derive (RFC 5705, RFC 8446 section
   * 7.5). Both sides must use the same length, label and context. In TLS 1.2, no context gives another secret than an
   * empty one. Fails with `TlsConfigError` if the socket is closed or an argument is not valid.
   */
  readonly exportKeyingMaterial: (
    length: number,
    label: string,
    context?: Uint8Array
  ) => Effect.Effect<Redacted.Redacted<Uint8Array>, TlsConfigError>
}

/**
 * The engine of TLS: the code that encrypts and decrypts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Checks options and makes a context from them. */
  readonly context: (options?: ContextOptions) => Effect.Effect<Context, TlsConfigError>
  /** Replaces the identity of a context. */
  readonly reload: (context: Context, identity: Identity) => Effect.Effect<void, TlsConfigError>
  /** Checks the options of a client. */
  readonly checkClient: (options: ClientOptions) => Effect.Effect<void, TlsConfigError>
  /** Checks the options of a server. */
  readonly checkServer: (options: ServerOptions) => Effect.Effect<void, TlsConfigError>
  /** Does the handshake of a client on a connected socket. */
  readonly client: (
    socket: Socket.Socket,
    options: ClientOptions
  ) => Effect.Effect<TlsSocket, TlsError | TlsConfigError, Scope.Scope>
  /** Does the handshake of a server on an accepted socket. */
  readonly server: (
    socket: Socket.Socket,
    options: ServerOptions
  ) => Effect.Effect<TlsSocket, TlsError | TlsConfigError, Scope.Scope>
}
