/**
 * Exports the chapters of the contract. A chapter is a group of conformance properties.
 *
 * @internal
 */
export { backpressure } from "./backpressure.ts"
export { closing } from "./closing.ts"
export { connecting } from "./connecting.ts"
export { delimiters } from "./delimiters.ts"
export { interruptedConnections } from "./interruptedConnections.ts"
export { interruptedSends } from "./interruptedSends.ts"
export { interruption } from "./interruption.ts"
export { listening } from "./listening.ts"
export { memory } from "./memory.ts"
export { ownership } from "./ownership.ts"
export { receiveFunctions } from "./receiveFunctions.ts"
export { scopes } from "./scopes.ts"
export { sendingAndReceiving } from "./sendingAndReceiving.ts"
export { sendTimeouts } from "./sendTimeouts.ts"
export { streams } from "./streams.ts"
export { theEnd } from "./theEnd.ts"
export { theReset } from "./theReset.ts"
export { receiveTimeouts } from "./timeouts.ts"
export { unfinished } from "./unfinished.ts"
export { wholes } from "./wholes.ts"
