/**
 * What has arrived at an end of a connection and is not yet read, and the reading of it: whatever comes, piece by piece,
 * until it is held back.
 *
 * @internal
 */
import { ByteQueue } from "../../receive/index.ts"
import type { Fragmenter } from "../link/index.ts"

/** Whose it is. */
export interface Reading {
  /** So many bytes were read: there is room for more. */
  readonly acknowledge: (bytes: number) => void
  /** Calls back when others have had their turn. */
  readonly later: (callback: () => void) => void
  /** It is to go on. */
  readonly goOn: () => void
}

export class Reader {
  private readonly pieces: Fragmenter
  /** Whether it stops after one read more when it is held back, as Node does with what was accepted. */
  private readonly readsAhead: boolean
  private readonly on: Reading
  private readonly inbox = new ByteQueue()
  /** What was read when it was held back. */
  private ahead: Uint8Array | undefined
  private held = false
  private discarding = false
  /** The next piece is read in a turn of its own. */
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

  /** What is there and what comes is dropped, one turn's worth a turn, so that a peer that never stops is not heeded. */
  discard(): void {
    this.discarding = true
    this.held = false
  }

  clear(): void {
    this.inbox.clear()
    this.ahead = undefined
  }

  /** True if all was read. */
  readAll(push: (chunk: Uint8Array) => void): boolean {
    while (!this.isStopped && (this.ahead !== undefined || this.inbox.size > 0)) this.readOn(push)
    return !this.isStopped
  }

  /** What was read, and nobody has been given. */
  giveAhead(push: (chunk: Uint8Array) => void): void {
    if (this.ahead !== undefined) push(this.ahead)
  }

  private get isStopped(): boolean {
    return this.pausing || (this.held && (this.ahead !== undefined || !this.readsAhead))
  }

  /** One read. It is acknowledged when all is in order here: the peer's next bytes may come of it at once. */
  private readOn(push: (chunk: Uint8Array) => void): void {
    const { ahead } = this
    const chunk = ahead ?? this.inbox.take(this.pieces.size(this.inbox.size))
    this.ahead = this.held ? chunk : undefined
    // Whoever is given it holds us back at once; and has its turn before the next one comes.
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
