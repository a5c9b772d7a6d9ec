/**
 * Bytes in the order in which they came, as the chunks in which they came. Every chunk that is pushed belongs to the
 * queue, and is at least half of its memory (to look at the memory of a small array makes one). What is taken belongs to
 * the taker alone: no two results share memory, and a small result never pins a big chunk.
 *
 * @internal
 */

/** Is given the chunks of which nothing was handed out, and which nobody sees any more: their memory can be used again. */
export interface Recycler {
  recycle(chunk: Uint8Array): void
}

/** A first chunk at least this long is given on its own; shorter ones are gathered into one result. */
const gatherBelow = 16 * 1024

export class ByteQueue {
  size = 0
  /** The first chunk, most often the only one, and how much of it has been taken; empty when there is none. */
  private head: Uint8Array = empty
  private offset = 0
  /** Those behind it, of which the ones before `first` are gone. */
  private readonly rest: Array<Uint8Array> = []
  private first = 0
  /** The whole memory of the last chunk, when `view` made that and left room behind it. */
  private roomy: Uint8Array | undefined
  /** What the last `merge` made: met again, it has to grow. And the whole memory of that. */
  private merged: Uint8Array | undefined
  private memory: Uint8Array | undefined
  private readonly recycler: Recycler | undefined

  constructor(recycler?: Recycler) {
    this.recycler = recycler
  }

  push(chunk: Uint8Array): void {
    this.size += chunk.length
    if (this.roomy !== undefined && this.extend(this.roomy, chunk)) {
      this.recycler?.recycle(chunk)
      return
    }
    this.roomy = undefined
    if (this.head === empty) this.head = chunk
    else this.rest.push(chunk)
  }

  /** 1..bufsize bytes; there must be at least one. */
  take(bufsize: number): Uint8Array {
    const { head } = this
    const left = head.length - this.offset
    if (left > bufsize) {
      return this.copy(bufsize)
    }
    if (left === bufsize || left >= gatherBelow || left === this.size) {
      const pins = left * 2 < head.length
      const bytes = pins ? head.slice(this.offset) : this.offset === 0 ? head : head.subarray(this.offset)
      this.shift(left, pins)
      this.size -= left
      return bytes
    }
    return this.copy(Math.min(bufsize, this.size))
  }

  /** All that is here as one piece, valid until the next call of anything. */
  view(): Uint8Array {
    if (this.size === 0) {
      return empty
    }
    if (this.rest.length > 0) {
      this.merge()
    }
    return this.offset === 0 ? this.head : this.head.subarray(this.offset)
  }

  drop(bytes: number): void {
    this.size -= bytes
    let left = bytes
    while (left > 0) {
      const here = Math.min(left, this.head.length - this.offset)
      this.shift(here, true)
      left -= here
    }
  }

  clear(): void {
    this.head = empty
    this.rest.length = this.first = this.offset = this.size = 0
    this.roomy = this.merged = this.memory = undefined
  }

  private copy(bytes: number): Uint8Array {
    const { head, offset } = this
    const inHead = head.length - offset
    let result: Uint8Array
    if (inHead >= bytes) {
      result = head.slice(offset, offset + bytes)
    } else {
      result = new Uint8Array(bytes)
      result.set(offset === 0 ? head : head.subarray(offset))
      for (let i = this.first, at = inHead; at < bytes; i++) {
        const chunk = this.rest[i]!
        const piece = chunk.length > bytes - at ? chunk.subarray(0, bytes - at) : chunk
        result.set(piece, at)
        at += piece.length
      }
    }
    this.drop(bytes)
    return result
  }

  /** Goes on by `bytes`, which end in the first chunk. `free`: they were not handed out as they were. */
  private shift(bytes: number, free: boolean): void {
    const { head } = this
    this.offset += bytes
    if (this.offset < head.length) {
      return
    }
    if (free) this.recycler?.recycle(head)
    this.offset = 0
    if (this.first < this.rest.length) {
      this.nextChunk()
    } else {
      this.head = empty
      this.roomy = this.merged = this.memory = undefined
    }
  }

  private nextChunk(): void {
    this.head = this.rest[this.first]!
    this.rest[this.first] = empty
    this.first += 1
    if (this.first === this.rest.length) {
      this.rest.length = this.first = 0
    } else if (this.first === 64) {
      this.rest.splice(0, this.first)
      this.first = 0
    }
  }

  private merge(): void {
    const memory = this.room()
    const { head } = this
    memory.set(head.subarray(this.offset))
    if (head !== this.merged || memory !== this.memory) this.recycler?.recycle(head)
    let at = head.length - this.offset
    for (let i = this.first; i < this.rest.length; i++) {
      const chunk = this.rest[i]!
      memory.set(chunk, at)
      at += chunk.length
      this.recycler?.recycle(chunk)
    }
    this.memory = memory
    this.roomy = memory.length > this.size ? memory : undefined
    this.merged = memory.subarray(0, this.size)
    this.head = this.merged
    this.rest.length = this.first = this.offset = 0
  }

  /**
   * Memory for all that is here. Twice that from the second time on, so that a frame which comes in many pieces is copied
   * twice, not n times; and what is left of the last time is moved within its memory, if that has such room.
   */
  private room(): Uint8Array {
    const { memory, size } = this
    if (memory !== undefined && this.head === this.merged) {
      return memory.length >= size * 1.5 && memory.length <= size * 8 ? memory : new Uint8Array(size * 2)
    }
    return new Uint8Array(this.roomy === undefined ? size : size * 2)
  }

  /** The first chunk is the only one while it has room behind it. */
  private extend(memory: Uint8Array, chunk: Uint8Array): boolean {
    const used = this.head.length
    if (used + chunk.length > memory.length) {
      return false
    }
    memory.set(chunk, used)
    this.merged = memory.subarray(0, used + chunk.length)
    this.head = this.merged
    return true
  }
}

const empty = new Uint8Array(0)

/** In bytes. A shorter chunk is copied: that costs less than to look at its memory. */
const short = 1024

/**
 * Makes a chunk safe to push: a plain array that keeps at most twice its own length alive. A Node `Buffer` is neither plain
 * nor, if it is short, alone in its memory.
 */
export const owned = (chunk: Uint8Array): Uint8Array => {
  if (chunk.length < short || !(chunk.buffer instanceof ArrayBuffer) || chunk.buffer.byteLength > chunk.length * 2) {
    return new Uint8Array(chunk)
  }
  return chunk.constructor === Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
}
