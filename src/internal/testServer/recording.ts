/**
 * What a test server saw of its connections, while it sees more, and the tests that wait for it to have seen enough.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { RecvError, SendError } from "../../SocketError.ts"

/** Public as part of `TestServer`. */
export interface Connection {
  readonly remoteAddress: SocketAddress.Resolved
  /** What was received, in order; of more than 64 KiB the first 64 KiB. A copy. */
  readonly received: Uint8Array
  /** How many bytes were received in all. */
  readonly bytesReceived: number
  /**
   * What came first: the client's `End`, its `Reset` (or another way for a connection to break), or the server `Closed`
   * or `Aborted` (reset) it. Until then it is `Open`.
   */
  readonly end: "Open" | "End" | "Reset" | "Closed" | "Aborted"
  /** In milliseconds of the Clock, as the two others. */
  readonly acceptedAt: number
  /** When the first byte was received, if there was one. */
  readonly firstByteAt: number | undefined
  /** When it stopped being `Open`, if it did. */
  readonly endedAt: number | undefined
}

/** How many bytes of a connection are kept. */
const mostKept = 64 * 1024

export class Recording {
  private readonly remoteAddress: Connection["remoteAddress"]
  private readonly now: () => number
  private readonly changed: () => void
  private readonly acceptedAt: number
  private firstByteAt: number | undefined
  private endedAt: number | undefined
  private how: Connection["end"] = "Open"
  private memory = new Uint8Array(0)
  private kept = 0
  bytesReceived = 0

  constructor(remoteAddress: Connection["remoteAddress"], now: () => number, changed: () => void) {
    this.remoteAddress = remoteAddress
    this.now = now
    this.changed = changed
    this.acceptedAt = now()
  }

  get isOpen(): boolean {
    return this.how === "Open"
  }

  /** How many bytes more are kept. */
  get room(): number {
    return mostKept - this.kept
  }

  /** So many bytes were received; `bytes` are at least those of them that are kept. */
  receive(count: number, bytes: Uint8Array): void {
    if (count === 0) return
    this.firstByteAt ??= this.now()
    this.bytesReceived += count
    if (this.room > 0) this.keep(bytes.subarray(0, this.room))
    this.changed()
  }

  /** The first one counts. */
  end(how: Connection["end"]): void {
    if (!this.isOpen) return
    this.how = how
    this.endedAt = this.now()
    this.changed()
  }

  get snapshot(): Connection {
    const { acceptedAt, bytesReceived, endedAt, firstByteAt, how: end, remoteAddress } = this
    const received = this.memory.slice(0, this.kept)
    return { remoteAddress, received, bytesReceived, end, acceptedAt, firstByteAt, endedAt }
  }

  /** Memory that is too small is replaced by twice as much, so that no byte is copied more than twice on average. */
  private keep(bytes: Uint8Array): void {
    const needed = this.kept + bytes.length
    if (needed > this.memory.length) {
      const larger = new Uint8Array(Math.min(mostKept, Math.max(needed, this.memory.length * 2)))
      larger.set(this.memory.subarray(0, this.kept))
      this.memory = larger
    }
    this.memory.set(bytes, this.kept)
    this.kept = needed
  }
}

interface Waiter {
  readonly connection: number
  readonly isMet: (recording: Recording) => boolean
  readonly resume: (effect: Effect.Effect<Connection>) => void
}

/** Those of all connections of a server, in the order in which they were accepted. */
export class Recordings {
  private readonly all: Array<Recording> = []
  private readonly waiters = new Set<Waiter>()
  private readonly now: () => number
  private readonly changed = () => this.wake()

  constructor(clock: Clock.Clock) {
    this.now = () => clock.unsafeCurrentTimeMillis()
  }

  /** Gives the number of the connection, from 0 on, and its recording. */
  add(remoteAddress: Connection["remoteAddress"]): readonly [connection: number, recording: Recording] {
    const recording = new Recording(remoteAddress, this.now, this.changed)
    const connection = this.all.push(recording) - 1
    this.changed()
    return [connection, recording]
  }

  readonly snapshots: Effect.Effect<ReadonlyArray<Connection>> = Effect.sync(() =>
    this.all.map(recording => recording.snapshot)
  )

  /** Waits until it is so of this connection, and gives the connection as it is in that moment. */
  when(connection: number, isMet: (recording: Recording) => boolean): Effect.Effect<Connection> {
    return Effect.async<Connection>(resume => {
      const waiter: Waiter = { connection, isMet, resume }
      if (this.tell(waiter)) return
      this.waiters.add(waiter)
      return Effect.sync(() => this.waiters.delete(waiter))
    })
  }

  private wake(): void {
    for (const waiter of this.waiters) {
      if (this.tell(waiter)) this.waiters.delete(waiter)
    }
  }

  private tell({ connection, isMet, resume }: Waiter): boolean {
    const recording = this.all[connection]
    if (recording === undefined || !isMet(recording)) return false
    resume(Effect.succeed(recording.snapshot))
    return true
  }
}

const broken: ReadonlySet<string> = new Set(["Reset", "TimedOut", "HostUnreachable", "Unknown"])

/** Whether the connection has failed, not only this call. */
export const isBroken = (error: RecvError | SendError): boolean => broken.has(error.reason)

/** The same socket; what is received from it, and how it ends, is recorded. */
export const recorded = (socket: Socket.Socket, recording: Recording): Socket.Socket =>
  Socket.wrap(socket, {
    onRecv: bytes => recording.receive(bytes.length, bytes),
    onEnd: () => recording.end("End"),
    onError: error => {
      if (isBroken(error)) recording.end("Reset")
      // A pipe breaks when the peer has ended and gone.
      else if (error.reason === "BrokenPipe") recording.end("End")
    },
    onClose: how => recording.end(how === "close" ? "Closed" : "Aborted")
  })
