/**
 * The network of Node: TCP over IPv4 and IPv6, and Unix sockets, on `node:net`. This module has its own import path,
 * because it loads Node's modules.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import {
  descriptors,
  dial,
  dialWithin,
  hostname,
  interfaces,
  listen,
  listenFd,
  resolve,
  reverse,
  services
} from "./internal/node/index.ts"
import * as Network from "./Network.ts"

/**
 * Provides the network of Node. It opens no file descriptor until the network is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Network.Network> = Layer.succeed(
  Network.Network,
  Network.make({ hostname, resolve, reverse, services, interfaces, descriptors, dial, dialWithin, listen, listenFd })
)
