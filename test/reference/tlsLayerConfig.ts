import * as Config from "effect/Config"
import * as NodeTls from "effect-sockets/NodeTls"

export const layer = NodeTls.layerConfig({
  identity: { certificate: Config.string("TLS_CERTIFICATE"), key: Config.redacted("TLS_KEY") }
})
