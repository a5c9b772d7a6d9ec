/**
 * The engine of TLS: encrypts and decrypts with `node:tls`, which uses OpenSSL. This module has its own import path, so
 * a program that does not import it does not load `node:tls`.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt, make, NodeContext } from "./internal/nodeTls/index.ts"
import * as Tls from "./Tls.ts"

/**
 * Provides the engine of TLS. The engine works over the sockets of every network, also of the simulated network. A
 * client without its own `context` trusts the root certificates of Node.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Tls.Tls> = Layer.sync(Tls.Tls, () => make())

/**
 * Provides the engine of TLS, with a context for all clients and servers that have no `context` of their own. Fails if
 * an option is wrong.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Tls.ContextOptions): Layer.Layer<Tls.Tls, Tls.TlsConfigError> =>
  Layer.effect(Tls.Tls, made(options))

const made = (options: Tls.ContextOptions) => attempt(() => make(new NodeContext(options)))

/**
 * Does the same as `layerWith`, with options from the configuration. The certificates and the key are PEM text. To read
 * these texts from files, use `PlatformConfigProvider.fromFileTree` of `@effect/platform`. It reads a folder with one
 * file for each value.
 *
 * @example
 * ```ts
 * import * as Config from "effect/Config"
 * import * as NodeTls from "effect-sockets/NodeTls"
 *
 * export const layer = NodeTls.layerConfig({
 *   identity: { certificate: Config.string("TLS_CERTIFICATE"), key: Config.redacted("TLS_KEY") }
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Tls.ContextOptions>
): Layer.Layer<Tls.Tls, Tls.TlsConfigError | ConfigError.ConfigError> =>
  Layer.effect(Tls.Tls, Effect.flatMap(Config.unwrap(config), made))
