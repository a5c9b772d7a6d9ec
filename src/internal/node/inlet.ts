/**
 * The memory that Node reads into, for a socket that we connected. Small reads go into memory that all sockets share,
 * and are copied out at once. A socket with large reads has memory of its own. It hands out that memory with the bytes,
 * or uses it again after `recycle`.
 *
 * The memory can be shared because libuv reads and calls back in one step: no other read comes between the two. Node
 * takes an inlet only when it creates a socket, which is before the socket has a receiver.
 * See docs/DECISIONS.md#connected-sockets-read-into-our-memory.
 *
 * @internal
 */
import type * as net from "node:net"

/** The most bytes that one read returns. */
const size = 64 * 1024

/** After a read of at least this many bytes, a socket gets memory of its own. */
const much = 16 * 1024

/** After this many reads in a row that fill less than half of its memory, a socket gives that memory up. */
const smallReads = 8

/** Not initialized: only bytes that were read into it are seen. A plain array, because that is what receivers get. */
const allocate = (): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)

let shared: Uint8Array | undefined

const sharedMemory = (): Uint8Array => {
  shared ??= allocate()
  return shared
}

export class Inlet {
  /** Takes a chunk. Returns false to stop reading. */
  receiver: ((chunk: Uint8Array) => boolean) | undefined
  /** The bytes that arrived before there was a receiver. If it is set, reading has stopped. */
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

  /** Takes back memory that was handed out with a chunk. Ignores chunks that were copied. */
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
