/**
 * A queue of received bytes, kept in the chunks in which they arrived. Small chunks that arrive while other chunks wait
 * are copied together, because each chunk costs a few hundred bytes of memory in addition to its content.
 *
 * The queue owns every chunk that is pushed. A chunk must fill at least half of its ArrayBuffer. The queue does not
 * check this, because reading the `buffer` of a small array allocates an ArrayBuffer. The caller of `take` owns the
 * result: no two results share memory, and a small result never keeps a large chunk alive.
 * See docs/DECISIONS.md#each-result-has-its-own-memory.
 *
 * @internal
 */

/** Takes back the memory of chunks whose bytes were copied or dropped. The queue no longer uses these chunks. */
export interface Recycler {
  recycle(chunk: Uint8Array): void
}

/**
 * In bytes. If at least this much of the first chunk is left, `take` returns no bytes of the next chunks. If less is
 * left, `take` copies it and the next chunks into one result of up to `bufsize` bytes.
 */
const gatherBelow = 16 * 1024

/** In bytes. A chunk shorter than this can be copied behind a small chunk before it. */
const small = 1024

/** In bytes. The greatest length of a chunk that `append` makes by copying small chunks together. */
const together = 16 * 1024

export class ByteQueue {
  size = 0
  /** The first chunk. Usually it is the only chunk. `empty` if the queue has no chunk. */
  private head: Uint8Array = empty
  /** The number of bytes of `head` that have been taken. */
  private offset = 0
  /** The chunks after `head`. The chunks before index `first` have been taken. */
  private readonly rest: Array<Uint8Array> = []
  private first = 0
  /** The whole memory of the last chunk of `rest`. Set only if small chunks were copied together in that chunk. */
  private block: Uint8Array | undefined
  /**
   * The whole memory of `head`, if new chunks may be copied behind `head`. Set only while `head` is the only chunk. The
   * memory may be full.
   */
  private roomy: Uint8Array | undefined
  /**
   * The `head` that the last `merge` or `extend` made. If it is still `head` at the next `merge`, that `merge` reserves
   * more memory or uses `memory` again.
   */
  private merged: Uint8Array | undefined
  /** The array that `merged` is a view of. The next merge may use this array again. */
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
    else if (chunk.length >= small || !this.append(chunk)) {
      this.block = undefined
      this.rest.push(chunk)
    }
  }

  /** Removes and returns 1 to `bufsize` bytes. The queue must not be empty. */
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

  /** Returns all bytes as one array, which is valid until the next call of any method. */
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
    this.block = this.roomy = this.merged = this.memory = undefined
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

  /**
   * Removes `bytes` bytes from the front of `head`, which must have at least that many bytes left. `free` is true if
   * the bytes were copied or dropped, so the memory of the chunk can be used again.
   */
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
      // The block is now `head` and may be returned to a caller, so no more bytes may be copied into it.
      this.block = undefined
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
    this.block = undefined
  }

  /**
   * Returns memory for a merge of all bytes. If `head` is the result of the last merge, new memory is twice as long as
   * needed. So a frame in many pieces is copied about twice, and not once for each piece. If the memory of the last
   * merge has the right size, the remaining bytes move to its beginning, and the memory is used again.
   */
  private room(): Uint8Array {
    const { memory, size } = this
    if (memory !== undefined && this.head === this.merged) {
      return memory.length >= size * 1.5 && memory.length <= size * 8 ? memory : new Uint8Array(size * 2)
    }
    return new Uint8Array(size)
  }

  /**
   * Appends a small chunk to the last chunk of `rest`. Returns false if `rest` is empty, or if the last chunk is large
   * or would become too long. The memory of the new chunk is at most twice as long as the chunk.
   */
  private append(chunk: Uint8Array): boolean {
    const last = this.rest.length - 1
    if (last < this.first) return false
    const tail = this.rest[last]!
    const length = tail.length + chunk.length
    if (length > together || (this.block === undefined && tail.length >= small)) return false
    if (this.block === undefined || length > this.block.length) {
      this.block = new Uint8Array(Math.min(together, length * 2))
      this.block.set(tail)
    }
    this.block.set(chunk, tail.length)
    this.rest[last] = this.block.subarray(0, length)
    return true
  }

  /** Appends the chunk to `head`, the only chunk. Returns false if the memory of `head` has no room. */
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

/** In bytes. A shorter chunk is copied, because a copy costs less than reading the chunk's `buffer`. */
const short = 1024

/**
 * Returns a chunk that is safe to push: a plain Uint8Array whose ArrayBuffer is at most twice as long as the chunk.
 * Copies the bytes if necessary. A Node `Buffer` is not plain, and a short `Buffer` shares its ArrayBuffer with other
 * buffers.
 */
export const owned = (chunk: Uint8Array): Uint8Array => {
  if (chunk.length < short || !(chunk.buffer instanceof ArrayBuffer) || chunk.buffer.byteLength > chunk.length * 2) {
    return new Uint8Array(chunk)
  }
  return chunk.constructor === Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
}
