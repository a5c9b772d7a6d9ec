/**
 * Messages on a stream of bytes: what a framing is, the framings that there are, and what reads and writes with them.
 *
 * @internal
 */
export { delimited, lines } from "./delimited.ts"
export {
  type DelimitedOptions,
  type Encoded,
  type Framing,
  type LengthPrefixedOptions,
  make,
  type NdjsonOptions,
  type Transformation,
  TypeId,
  type VarintOptions
} from "./framing.ts"
export { ndjson, transformOrFail } from "./messages.ts"
export { recv, send, sendMany, sink, stream } from "./onSocket.ts"
export { decodeStream } from "./onStream.ts"
export { lengthPrefixed } from "./prefixed.ts"
