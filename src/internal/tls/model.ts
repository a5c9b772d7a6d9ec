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
 * A certificate as PEM text (RFC 7468), or several in one text.
 *
 * @since 0.1.0
 * @category models
 */
export type Pem = string

/**
 * A version of TLS. Older versions are not offered.
 *
 * @since 0.1.0
 * @category models
 */
export type Version = "1.2" | "1.3"

/**
 * Who we are: a certificate chain, and the private key of its first certificate.
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
  /** The authorities that may sign the certificate of a peer. Default: `"system"`, the root certificates of Node. */
  readonly ca?: "system" | Pem | ReadonlyArray<Pem> | undefined
  /** Who we are. A server needs it. A client needs it only if the server asks for a certificate. */
  readonly identity?: Identity | undefined
  /** The oldest version that we accept. Default: `"1.2"`. */
  readonly minVersion?: Version | undefined
  /** The newest version that we offer. Default: `"1.3"`. */
  readonly maxVersion?: Version | undefined
  /** Ciphers in the format of OpenSSL (`ciphers(1)`). Default: those of Node. */
  readonly ciphers?: string | undefined
  /** The application protocols (ALPN, RFC 7301), the preferred one first. Default: none are offered. */
  readonly alpn?: Arr.NonEmptyReadonlyArray<string> | undefined
  /**
   * True if a handshake may continue an earlier session, which saves CPU on both sides and a round trip in TLS 1.2. A
   * client continues only a session with the same context, `name`, `alpn` and `verify`, and checks its pins again. A
   * server gives tickets only if this is true. Its client certificates are not verified again. Default: false.
   */
  readonly resume?: boolean | undefined
}

export const ContextTypeId: unique symbol = Symbol.for("effect-sockets/Tls/Context")

/**
 * Checked options of TLS. A context is expensive to make (milliseconds of CPU) and cheap to use: make it once.
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
  /** The name of the cipher by the IANA, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string
  /** The application protocol that was chosen. */
  readonly alpn: Option.Option<string>
  /** The name that the client asked for (SNI). A client that connects to an IP address asks for none. */
  readonly serverName: Option.Option<string>
  /** The certificate of the peer. A server has one only if it requested it. */
  readonly peerCertificate: Option.Option<Certificate>
  /** True if the handshake continued an earlier session. See `resume` of the context. */
  readonly isResumed: boolean
}

/**
 * What an end of the stream has to prove.
 *
 * - `"required"`: a peer ends with close_notify. An end without it is an error with reason `Truncated`, because an
 *   attacker could have cut the stream.
 * - `"optional"`: any end is an end. Some peers never send close_notify, such as Python's `ssl` after `close`.
 *
 * @since 0.1.0
 * @category options
 */
export type CloseNotify = "required" | "optional"

/**
 * Options that both sides have.
 *
 * @since 0.1.0
 * @category options
 */
export interface SideOptions {
  /** How long the handshake may take. Default: 10 seconds. */
  readonly handshakeTimeout?: Duration.DurationInput | undefined
  /** What an end has to prove. Default: `"required"`. */
  readonly closeNotify?: CloseNotify | undefined
  /** In bytes: when this many decrypted bytes are buffered, reading pauses. Default: 128 KiB. */
  readonly highWaterMark?: number | undefined
  /** How long `close` may take to finish the send in flight. Default: 1 second. */
  readonly closeTimeout?: Duration.DurationInput | undefined
  /**
   * How the connection ends if its Scope fails. Default: a close after a typed failure, and a reset after a defect, an
   * interruption or an unfinished send.
   */
  readonly onFailure?: OnFailure | undefined
  /** Called with each line of the key log, for Wireshark (`SSLKEYLOGFILE`). The log decrypts the traffic. */
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
   * The host name or IP address that the certificate of the server must be valid for. A host name is also sent to the
   * server (SNI, RFC 6066). Only subject alternative names count (RFC 9525).
   */
  readonly name: string
  /** Default: the context of the layer of `NodeTls`. */
  readonly context?: Context | undefined
  /** The application protocols, the preferred one first. Default: those of the context. */
  readonly alpn?: Arr.NonEmptyReadonlyArray<string> | undefined
  /** The pins of accepted public keys (RFC 7469). The certificate must also be valid. Default: any key. */
  readonly pins?: ReadonlyArray<string> | undefined
  /**
   * `"insecure"` accepts any certificate, so that an attacker can read and change everything. Use it for tests only.
   * Default: `"full"`.
   */
  readonly verify?: "full" | "insecure" | undefined
}

/**
 * Whether a server asks clients for a certificate.
 *
 * - `"none"`: it does not ask.
 * - `"request"`: it asks. A client may have none, but a certificate that is sent must be valid.
 * - `"require"`: it asks, and refuses a client without a valid certificate.
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
  /** Must have an identity. Default: the context of the layer of `NodeTls`. */
  readonly context?: Context | undefined
  /** Default: `"none"`. */
  readonly clientCertificate?: ClientCertificate | undefined
  /**
   * Returns the context for the name that a client asks for (SNI). With `None`, the client gets `context`. A failure or
   * a defect ends the handshake.
   */
  readonly sni?: ((name: string) => Effect.Effect<Option.Option<Context>>) | undefined
}

/**
 * A socket over TLS. It keeps the contract of `Socket`. In addition, receives and sends can fail with these reasons:
 *
 * - `Truncated`: the stream ended without close_notify. Bytes that arrived before can still be received.
 * - `Tampered`: a record was changed on the way, or the peer broke the protocol.
 * - `Rejected`: the peer refused the connection with an alert, for example because of our certificate.
 *
 * @since 0.1.0
 * @category models
 */
export interface TlsSocket extends Socket.Socket {
  /** What the handshake negotiated. */
  readonly info: Info
  /** Returns keying material of this connection (RFC 5705, RFC 8446 section 7.5). */
  readonly exportKeyingMaterial: (
    length: number,
    label: string,
    context?: Uint8Array
  ) => Effect.Effect<Redacted.Redacted<Uint8Array>, TlsConfigError>
}

/**
 * The engine of TLS.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Checks options and makes a context from them. */
  readonly context: (options?: ContextOptions) => Effect.Effect<Context, TlsConfigError>
  /** Replaces the identity of a context. */
  readonly reload: (context: Context, identity: Identity) => Effect.Effect<void, TlsConfigError>
  /** Checks the options of a server. */
  readonly check: (options: ServerOptions) => Effect.Effect<void, TlsConfigError>
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
