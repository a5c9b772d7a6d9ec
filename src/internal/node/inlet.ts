/**
 * The memory that Node reads into, for a socket that we connect. What comes in little pieces is read into memory which
 * all sockets share, and copied out at once; a socket that gets much at a time has memory of its own, which it hands out
 * with what is in it, or uses again when nobody needs it any more.
 *
 * It can be shared because libuv reads and calls back in one step: nothing is read into it while nobody looks.
 * Node takes it only when the socket is made, which is before anybody is there to receive.
 *
 * @internal
 */
import type * as net from "node:net"

/** As much as is read at a time. */
const size = 64 * 1024

/** So much at a time is worth memory of one's own. */
const much = 16 * 1024

/** After so many reads of little the memory is given up again. */
const smallReads = 8

/** Not initialized: only what was read into it is ever seen. A plain array, for that is what receivers are given. */
const allocate = (): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)

let shared: Uint8Array | undefined

const sharedMemory = (): Uint8Array => {
  shared ??= allocate()
  return shared
}

export class Inlet {
  /** Takes a chunk; false to stop reading. */
  receiver: ((chunk: Uint8Array) => boolean) | undefined
  /** What came before there was a receiver. Then reading has stopped. */
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

  /** Takes back memory that was handed out, if it is of ours. */
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
