/**
 * The engine of TLS on `node:tls`. It works over any socket.
 *
 * @internal
 */
export { attempt, NodeContext } from "./context.ts"
export { make } from "./engine.ts"
