/**
 * The parts of TLS that do not encrypt: the options, the errors, and a listener that does handshakes.
 *
 * @internal
 */
export type { Certificate } from "./certificate.ts"
export { TlsConfigError, type TlsConfigReason, TlsError, type TlsReason } from "./errors.ts"
export { infoOf, setInfo } from "./info.ts"
export { type ListenerOptions, listener, type TlsListener, type TlsListenerStats } from "./listener.ts"
export { handshakesFailed, handshaking } from "./metrics.ts"
export {
  type ClientCertificate,
  type ClientOptions,
  type CloseNotify,
  type Context,
  type ContextOptions,
  ContextTypeId,
  type Identity,
  type Info,
  type Pem,
  type ServerOptions,
  type Service,
  type SideOptions,
  type TlsSocket,
  type Version
} from "./model.ts"
