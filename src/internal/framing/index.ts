/**
 * Messages on a byte stream: the type `Framing`, the framings, and the functions that receive and send with them.
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
