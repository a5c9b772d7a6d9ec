/**
 * TLS by `node:tls`, over any socket.
 *
 * @internal
 */
export { attempt, NodeContext } from "./context.ts"
export { make } from "./engine.ts"
