/**
 * The bytes that have arrived at one end of a connection and are not read yet. The reader pushes them to the owner, one
 * piece after another, until the owner pauses.
 *
 * @internal
 */
import { ByteQueue } from "../../receive/index.ts"
import type { Fragmenter } from "../link/index.ts"

/** The callbacks of a `Reader`. */
export interface Reading {
  /** Tells the peer that this many bytes were read, so the peer may send more. */
  readonly acknowledge: (bytes: number) => void
  /** Calls back after the other fibers that are ready have run. */
  readonly later: (callback: () => void) => void
  /** Called when reading may continue. */
  readonly goOn: () => void
}

export class Reader {
  private readonly pieces: Fragmenter
  /**
   * True if the reader reads one more piece during a pause, and keeps it in `ahead`. Node does this on accepted
   * sockets.
   */
  private readonly readsAhead: boolean
  private readonly on: Reading
  private readonly inbox = new ByteQueue()
  /** The piece that was read during a pause of the owner and that is not pushed yet. */
  private ahead: Uint8Array | undefined
  private held = false
  private discarding = false
  /**
   * With the fragmentation `bytes` or `random`: true after a piece was read, until other fibers have run. The next
   * piece is read only then.
   */
  private pausing = false

  constructor(pieces: Fragmenter, readsAhead: boolean, on: Reading) {
    this.pieces = pieces
    this.readsAhead = readsAhead
    this.on = on
  }

  get hasUnread(): boolean {
    return this.inbox.size > 0
  }

  get bytesUnread(): number {
    return this.inbox.size + (this.ahead?.length ?? 0)
  }

  arrive(segment: Uint8Array): void {
    this.inbox.push(segment)
  }

  hold(held: boolean): void {
    this.held = held
  }

  /**
   * Drops all unread bytes, and all bytes that arrive later. The peer gets the acknowledgment of a dropped piece only
   * after other fibers have run. Otherwise, a peer that never stops sending would keep other fibers from running.
   */
  discard(): void {
    this.discarding = true
    this.held = false
  }

  clear(): void {
    this.inbox.clear()
    this.ahead = undefined
  }

  /**
   * Pushes all bytes that may be read now. Returns false if reading has stopped, because the owner has paused or
   * because other fibers have to run before the next piece.
   */
  readAll(push: (chunk: Uint8Array) => void): boolean {
    while (!this.isStopped && (this.ahead !== undefined || this.inbox.size > 0)) this.readOn(push)
    return !this.isStopped
  }

  /** Pushes the piece that was read during a pause of the owner, if there is one. */
  giveAhead(push: (chunk: Uint8Array) => void): void {
    if (this.ahead !== undefined) push(this.ahead)
  }

  private get isStopped(): boolean {
    return this.pausing || (this.held && (this.ahead !== undefined || !this.readsAhead))
  }

  /** Reads one piece. Calls `acknowledge` last, because the peer may send its next bytes inside that call. */
  private readOn(push: (chunk: Uint8Array) => void): void {
    const { ahead } = this
    const chunk = ahead ?? this.inbox.take(this.pieces.size(this.inbox.size))
    this.ahead = this.held ? chunk : undefined
    // Sets `pausing` before the push. If the owner pauses and resumes inside the push, the next piece must still wait
    // until other fibers have run.
    this.pausing = this.pieces.areSeen && !this.discarding
    if (!this.held && !this.discarding) push(chunk)
    if (this.pausing) this.pause()
    if (ahead !== undefined) return
    if (this.discarding) this.on.later(() => this.on.acknowledge(chunk.length))
    else this.on.acknowledge(chunk.length)
  }

  private pause(): void {
    this.on.later(() => {
      this.pausing = false
      this.on.goOn()
    })
  }
}
