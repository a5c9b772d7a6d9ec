/**
 * The memory that Node reads into, for a socket that `connect` opened. A socket first reads into memory that all these
 * sockets share, and the bytes are copied at once. After a large read, the socket gets its own memory. A chunk that
 * fills at least half of it is passed on without a copy. `recycle` takes the memory of such a chunk back.
 *
 * The memory can be shared because libuv calls the callback right after each read: no other read comes in between. Node
 * accepts an inlet only when Node creates the socket. So bytes may arrive before the inlet has a receiver.
 * See docs/DECISIONS.md#connected-sockets-read-into-our-memory.
 *
 * @internal
 */
import type * as net from "node:net"

/** In bytes: the most that one read returns. */
const size = 64 * 1024

/** After a read of at least this many bytes, a socket gets its own memory. */
const much = 16 * 1024

/** A socket returns to the shared memory after this many reads in a row that fill less than half of its own memory. */
const smallReads = 8

/**
 * Returns new memory as a plain Uint8Array and not as a Buffer, because receivers pass it on. The memory is not filled
 * with zeros, because only bytes that were read into it are passed on.
 */
const allocate = (): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)

let shared: Uint8Array | undefined

const sharedMemory = (): Uint8Array => {
  shared ??= allocate()
  return shared
}

export class Inlet {
  /** Called with each chunk. Returns false to stop reading. */
  receiver: ((chunk: Uint8Array) => boolean) | undefined
  /** The bytes that arrived before there was a receiver. While `early` is set, reading has stopped. */
  private early: Uint8Array | undefined
  private memory: Uint8Array = sharedMemory()
  private getsMuch = false
  private small = 0
  private spare: Uint8Array | undefined

  readonly onread: net.OnReadOpts = {
    buffer: () => this.memory,
    callback: bytes => this.read(bytes)
  }

  attach(receiver: (chunk: Uint8Array) => boolean): void {
    this.receiver = receiver
    const { early } = this
    this.early = undefined
    if (early !== undefined) receiver(early)
  }

  /**
   * Takes back the memory of a chunk that was passed on without a copy, unless there is a spare already. A chunk in
   * smaller memory is a copy, and is ignored.
   */
  recycle(chunk: Uint8Array): void {
    if (this.getsMuch && chunk.buffer.byteLength === size) this.spare ??= new Uint8Array(chunk.buffer)
  }

  private read(bytes: number): boolean {
    const chunk = this.take(bytes)
    if (this.receiver !== undefined) return this.receiver(chunk)
    this.early = chunk
    return false
  }

  private take(bytes: number): Uint8Array {
    const { memory } = this
    if (this.getsMuch && bytes * 2 >= size) {
      this.small = 0
      this.memory = this.spare ?? allocate()
      this.spare = undefined
      return memory.subarray(0, bytes)
    }
    if (this.getsMuch) {
      this.small += 1
      if (this.small === smallReads) this.giveUp()
    } else if (bytes >= much) {
      this.getsMuch = true
      this.memory = allocate()
    }
    return memory.slice(0, bytes)
  }

  private giveUp(): void {
    this.getsMuch = false
    this.small = 0
    this.spare = undefined
    this.memory = sharedMemory()
  }
}
