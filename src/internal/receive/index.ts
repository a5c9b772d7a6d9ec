/**
 * Receiving: the receive buffer, and the steps that take bytes from it.
 *
 * @internal
 */
export { isBufsize, ReceiveBuffer, type ReceiveHost, type RecvObserver } from "./buffer.ts"
export { ByteQueue, owned } from "./byteQueue.ts"
export {
  bytesOf,
  type LineError,
  limitOf,
  lineLimit,
  lineStep,
  Search,
  type Terminator,
  untilStep
} from "./delimited.ts"
export { linesStep } from "./lines.ts"
export { repeated } from "./repeated.ts"
export { type Batch, batchOf, fail, type Instruction, more, orNone, type Step, take } from "./step.ts"
