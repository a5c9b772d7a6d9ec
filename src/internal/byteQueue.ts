/**
 * Bytes in the order in which they came, as the chunks in which they came. Every chunk that is pushed belongs to the
 * queue, and is at least half of its memory (to look at the memory of a small array makes one). What is taken belongs to the taker alone: no two results share memory, and a small result never pins a
 * big chunk.
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
  private chunks: Array<Uint8Array> = []
  private first = 0
  /** How much of the first chunk has been taken. */
  private offset = 0
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
    this.chunks.push(chunk)
  }

  /** 1..bufsize bytes; there must be at least one. */
  take(bufsize: number): Uint8Array {
    const head = this.chunks[this.first]!
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
    if (this.chunks.length - this.first > 1) {
      this.merge()
    }
    const only = this.chunks[this.first]!
    return this.offset === 0 ? only : only.subarray(this.offset)
  }

  drop(bytes: number): void {
    this.size -= bytes
    let left = bytes
    while (left > 0) {
      const here = Math.min(left, this.chunks[this.first]!.length - this.offset)
      this.shift(here, true)
      left -= here
    }
  }

  clear(): void {
    this.chunks = []
    this.first = this.offset = this.size = 0
    this.roomy = this.merged = this.memory = undefined
  }

  private copy(bytes: number): Uint8Array {
    const head = this.chunks[this.first]!
    let result: Uint8Array
    if (head.length - this.offset >= bytes) {
      result = head.slice(this.offset, this.offset + bytes)
    } else {
      result = new Uint8Array(bytes)
      let at = 0
      for (let i = this.first, from = this.offset; at < bytes; i++, from = 0) {
        const chunk = this.chunks[i]!
        const piece = chunk.subarray(from, from + bytes - at)
        result.set(piece, at)
        at += piece.length
      }
    }
    this.drop(bytes)
    return result
  }

  /** Goes on by `bytes`, which end in the first chunk. `free`: they were not handed out as they were. */
  private shift(bytes: number, free: boolean): void {
    const head = this.chunks[this.first]!
    this.offset += bytes
    if (this.offset < head.length) {
      return
    }
    if (free) this.recycler?.recycle(head)
    this.chunks[this.first] = empty
    this.first += 1
    this.offset = 0
    if (this.first === this.chunks.length) {
      this.chunks.length = this.first = 0
      this.roomy = this.merged = this.memory = undefined
    } else if (this.first === 64) {
      this.chunks.splice(0, this.first)
      this.first = 0
    }
  }

  private merge(): void {
    const memory = this.room()
    let at = 0
    for (let i = this.first; i < this.chunks.length; i++) {
      const chunk = this.chunks[i]!
      const piece = i === this.first ? chunk.subarray(this.offset) : chunk
      memory.set(piece, at)
      at += piece.length
      if (chunk !== this.merged || memory !== this.memory) this.recycler?.recycle(chunk)
    }
    this.memory = memory
    this.roomy = memory.length > this.size ? memory : undefined
    this.merged = memory.subarray(0, this.size)
    this.chunks = [this.merged]
    this.first = this.offset = 0
  }

  /**
   * Memory for all that is here. Twice that from the second time on, so that a frame which comes in many pieces is copied
   * twice, not n times; and what is left of the last time is moved within its memory, if that has such room.
   */
  private room(): Uint8Array {
    const { memory, size } = this
    if (memory !== undefined && this.chunks[this.first] === this.merged) {
      return memory.length >= size * 1.5 && memory.length <= size * 8 ? memory : new Uint8Array(size * 2)
    }
    return new Uint8Array(this.roomy === undefined ? size : size * 2)
  }

  private extend(memory: Uint8Array, chunk: Uint8Array): boolean {
    const used = this.chunks[this.chunks.length - 1]!.length
    if (used + chunk.length > memory.length) {
      return false
    }
    memory.set(chunk, used)
    this.merged = memory.subarray(0, used + chunk.length)
    this.chunks[this.chunks.length - 1] = this.merged
    return true
  }
}

const empty = new Uint8Array(0)
