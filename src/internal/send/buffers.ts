/**
 * The bytes of a send: their type, their number, and the check of the value that the caller passes.
 *
 * @internal
 */
import { OptionError } from "../option/index.ts"

/** One buffer, or several buffers that are sent as one write. */
export type Buffers = Uint8Array | ReadonlyArray<Uint8Array>

/** Returns the total number of bytes. */
export const bytesIn = (buffers: Buffers): number =>
  buffers instanceof Uint8Array ? buffers.length : buffers.reduce((sum, buffer) => sum + buffer.length, 0)

/**
 * True for a Uint8Array, also of another realm. In Jest, a `Buffer` is not an instance of the `Uint8Array` of the test.
 */
export const isBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array ||
  (ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array")

/** Returns true if the memory of a buffer has been transferred, for example to a worker. Such a buffer looks empty. */
const isTransferred = ({ buffer, length }: Uint8Array): boolean => {
  if (length > 0) return false
  try {
    buffer.slice(0, 0)
    return false
  } catch {
    return true
  }
}

const refuse = (value: unknown, expected: string): never => {
  throw new OptionError({ option: "bytes", value, expected })
}

const check = (value: unknown): void => {
  if (!isBytes(value)) refuse(value, "a Uint8Array or an array of Uint8Arrays")
  else if (isTransferred(value)) refuse(value, "memory that has not been transferred")
}

/**
 * Checks the value that the caller of a send passes, and returns its bytes. If the value is not bytes, throws an
 * `OptionError`. Without this check, a value of another type could send nothing.
 */
export const checkBuffers = (value: Buffers): Buffers => {
  if (Array.isArray(value)) {
    for (const buffer of value) check(buffer)
    return value
  }
  check(value)
  const { buffer, byteOffset, length } = value as Uint8Array
  return value instanceof Uint8Array ? value : new Uint8Array(buffer, byteOffset, length)
}
