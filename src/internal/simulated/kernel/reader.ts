/**
 * The bytes that have arrived at an end of a connection and are not read yet. They are read piece by piece until the
 * owner pauses.
 *
 * @internal
 */
import { ByteQueue } from "../../receive/index.ts"
import type { Fragmenter } from "../link/index.ts"

/** The callbacks of the end that reads. */
export interface Reading {
  /** Tells the peer that this many bytes were read, so the peer may send more. */
  readonly acknowledge: (bytes: number) => void
  /** Calls back in the next turn, after other fibers have run. */
  readonly later: (callback: () => void) => void
  /** Continues to read. */
  readonly goOn: () => void
}

export class Reader {
  private readonly pieces: Fragmenter
  /** True if one more piece is read after a pause, and kept in `ahead`. Node does this on accepted sockets. */
  private readonly readsAhead: boolean
  private readonly on: Reading
  private readonly inbox = new ByteQueue()
  /** The piece that was read while `held` was true and that is not pushed yet. */
  private ahead: Uint8Array | undefined
  private held = false
  private discarding = false
  /** True until the next turn. The next piece is read only then. */
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
   * Drops all bytes that have arrived and that will arrive. A dropped piece is acknowledged one turn later. So a peer
   * that never stops sending cannot take all turns from other fibers.
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
   * Pushes all bytes that may be read now. Returns false if reading has stopped, for a pause or until the next turn.
   */
  readAll(push: (chunk: Uint8Array) => void): boolean {
    while (!this.isStopped && (this.ahead !== undefined || this.inbox.size > 0)) this.readOn(push)
    return !this.isStopped
  }

  /** Pushes the piece that was read while `held` was true, if there is one. */
  giveAhead(push: (chunk: Uint8Array) => void): void {
    if (this.ahead !== undefined) push(this.ahead)
  }

  private get isStopped(): boolean {
    return this.pausing || (this.held && (this.ahead !== undefined || !this.readsAhead))
  }

  /** Reads one piece. The acknowledgment comes last, because the peer may send its next bytes inside that call. */
  private readOn(push: (chunk: Uint8Array) => void): void {
    const { ahead } = this
    const chunk = ahead ?? this.inbox.take(this.pieces.size(this.inbox.size))
    this.ahead = this.held ? chunk : undefined
    // Set before the push, because the owner may pause inside the push. In either case, the owner gets a turn before
    // the next piece.
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
