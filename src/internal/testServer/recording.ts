/**
 * Records what a test server sees of its connections, and wakes the tests that wait for a record.
 *
 * @internal
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { RecvError, SendError } from "../../SocketError.ts"
import type * as Tls from "../../Tls.ts"

/**
 * A snapshot of the record of a connection. Bytes, an end or a reset of the client are recorded only when the server
 * receives them, or when a send fails because of them. Most test servers receive all the time. A server that reads
 * slowly receives later. A server that only sends receives when it closes. A scripted server receives in the steps that
 * expect something.
 */
export interface Connection {
  /** The address of the client. */
  readonly remoteAddress: SocketAddress.Resolved
  /** A copy of the received bytes, in order. At most the first 64 KiB. */
  readonly received: Uint8Array
  /** How many bytes the server has received in total. */
  readonly bytesReceived: number
  /**
   * How the connection ended. If several of these events happened, the first one counts:
   * - `Open`: the connection has not ended.
   * - `End`: the client ended.
   * - `Reset`: the client reset the connection, or the connection broke in another way.
   * - `Closed`: the server closed the connection.
   * - `Aborted`: the server reset the connection.
   */
  readonly end: "Open" | "End" | "Reset" | "Closed" | "Aborted"
  /** What the handshake negotiated. Absent without TLS, and before the handshake has succeeded. */
  readonly info?: Tls.Info
  /** Why the handshake failed. Absent if it did not fail. */
  readonly handshakeError?: Tls.TlsError
  /** The time at which the connection was accepted, in milliseconds of the Clock. */
  readonly acceptedAt: number
  /** The time at which the first byte was received, in milliseconds of the Clock. Undefined if there was none. */
  readonly firstByteAt: number | undefined
  /** The time at which the connection ended, in milliseconds of the Clock. Undefined while `end` is `Open`. */
  readonly endedAt: number | undefined
}

/** Counts of the ended connections whose records were dropped. */
export interface Dropped {
  /** The number of connections whose records were dropped. */
  readonly connections: number
  /** How many bytes the server received in total on the connections whose records were dropped. */
  readonly bytesReceived: number
  /** How many of the connections whose records were dropped ended in each way. */
  readonly ends: Readonly<Record<Exclude<Connection["end"], "Open">, number>>
}

/** The most records of ended connections that are kept. */
const mostEnded = 1000

/** The most bytes of a connection that are recorded. */
const mostKept = 64 * 1024

/** How a failed handshake ends a connection. Default: the server closes it. */
const endsOf: Readonly<Partial<Record<Tls.TlsReason, Exclude<Connection["end"], "Open">>>> = {
  Ended: "End",
  PeerAlert: "End",
  Reset: "Reset",
  TimedOut: "Aborted"
}

export class Recording {
  private readonly remoteAddress: Connection["remoteAddress"]
  private readonly now: () => number
  private readonly changed: (recording: Recording) => void
  private readonly acceptedAt: number
  private firstByteAt: number | undefined
  private endedAt: number | undefined
  how: Connection["end"] = "Open"
  private memory = new Uint8Array(0)
  private kept = 0
  bytesReceived = 0
  private handshake: Pick<Connection, "info" | "handshakeError"> = {}

  constructor(remoteAddress: Connection["remoteAddress"], now: () => number, changed: (recording: Recording) => void) {
    this.remoteAddress = remoteAddress
    this.now = now
    this.changed = changed
    this.acceptedAt = now()
  }

  get isOpen(): boolean {
    return this.how === "Open"
  }

  /** How many more bytes can be recorded. */
  private get room(): number {
    return mostKept - this.kept
  }

  /** Records received bytes. If they are more than `room`, keeps only the first ones. */
  receive(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.firstByteAt ??= this.now()
    this.bytesReceived += bytes.length
    if (this.room > 0) this.keep(bytes.subarray(0, this.room))
    this.changed(this)
  }

  /** Records how the connection ended. Only the first call counts. */
  end(how: Exclude<Connection["end"], "Open">): void {
    if (!this.isOpen) return
    this.how = how
    this.endedAt = this.now()
    this.changed(this)
  }

  /** Records a handshake that has succeeded. */
  secure(info: Tls.Info): void {
    this.handshake = { info }
    this.changed(this)
  }

  /** Records a handshake that has failed, which ends the connection. */
  refuse(handshakeError: Tls.TlsError): void {
    this.handshake = { handshakeError }
    this.end(endsOf[handshakeError.reason] ?? "Closed")
  }

  get snapshot(): Connection {
    const { acceptedAt, bytesReceived, endedAt, firstByteAt, how: end, remoteAddress } = this
    const received = this.memory.slice(0, this.kept)
    return { remoteAddress, received, bytesReceived, end, acceptedAt, firstByteAt, endedAt, ...this.handshake }
  }

  /**
   * Adds bytes to `memory`. If they do not fit, at least doubles its size, up to `mostKept`, so that the recorded bytes
   * are not copied for each call.
   */
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

/**
 * The recordings of a test server, in the order in which connections were accepted. They are the recordings of all open
 * connections, and of the `mostEnded` connections that ended last. So a server that runs for a long time does not need
 * more and more memory.
 */
export class Recordings {
  private readonly all = new Map<number, Recording>()
  /**
   * The recordings in `all` whose connections have ended, in the order in which they ended. Each value is the number of
   * the connection.
   */
  private readonly ended = new Map<Recording, number>()
  private readonly waiters = new Set<Waiter>()
  private readonly now: () => number
  private accepted = 0
  private readonly gone = { connections: 0, bytesReceived: 0, ends: { End: 0, Reset: 0, Closed: 0, Aborted: 0 } }

  constructor(clock: Clock.Clock) {
    this.now = () => clock.unsafeCurrentTimeMillis()
  }

  /** Adds a connection. Returns its number, from 0, and its recording. */
  add(remoteAddress: Connection["remoteAddress"]): readonly [connection: number, recording: Recording] {
    const connection = this.accepted++
    const recording = new Recording(remoteAddress, this.now, changed => {
      this.wake()
      if (!changed.isOpen) this.close(changed, connection)
    })
    this.all.set(connection, recording)
    this.wake()
    return [connection, recording]
  }

  readonly snapshots: Effect.Effect<ReadonlyArray<Connection>> = Effect.sync(() =>
    Array.from(this.all.values(), recording => recording.snapshot)
  )

  readonly dropped: Effect.Effect<Dropped> = Effect.sync(() => ({ ...this.gone, ends: { ...this.gone.ends } }))

  private close(recording: Recording, connection: number): void {
    // `close` runs again when bytes are recorded after the end. Then `all` may no longer contain the recording.
    if (this.all.get(connection) === recording) this.ended.set(recording, connection)
    if (this.ended.size > mostEnded) this.dropOne()
  }

  /** Drops the record of the connection that ended first. */
  private dropOne(): void {
    for (const [recording, connection] of this.ended) {
      this.ended.delete(recording)
      this.all.delete(connection)
      this.gone.connections += 1
      this.gone.bytesReceived += recording.bytesReceived
      if (recording.how !== "Open") this.gone.ends[recording.how] += 1
      return
    }
  }

  /**
   * Waits until the connection exists and meets the condition. Returns the record of the connection at that moment. If
   * the record was dropped, dies.
   */
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
    const recording = this.all.get(connection)
    if (recording === undefined && connection >= 0 && connection < this.accepted) {
      resume(
        Effect.dieMessage(
          `the record of connection ${connection} was dropped: ${mostEnded} connections have ended after it`
        )
      )
      return true
    }
    if (recording === undefined || !isMet(recording)) return false
    resume(Effect.succeed(recording.snapshot))
    return true
  }
}

const broken: ReadonlySet<string> = new Set([
  ...["Reset", "TimedOut", "HostUnreachable", "Unknown"],
  ...["Truncated", "Tampered", "Rejected"]
])

/** True if the connection broke or timed out. `BrokenPipe`, which means that the client has closed, does not count. */
export const isBroken = (error: RecvError | SendError): boolean => broken.has(error.reason)

/**
 * Wraps a socket. The wrapped socket does the same, and also records the bytes that it receives and how the connection
 * ends.
 */
export const recorded = (socket: Socket.Socket, recording: Recording): Socket.Socket =>
  Socket.wrap(socket, {
    onRecv: bytes => recording.receive(bytes),
    onEnd: () => recording.end("End"),
    onError: error => {
      if (isBroken(error)) recording.end("Reset")
      // `BrokenPipe` means that the client has closed the connection.
      else if (error.reason === "BrokenPipe") recording.end("End")
    },
    onClose: how => recording.end(how === "close" ? "Closed" : "Aborted")
  })
