/**
 * The internal handle of a Node socket. Other runtimes may not have it, or may have it with other members.
 *
 * @internal
 */
import type * as net from "node:net"

export interface Handle {
  /** True if Node has started to read and has not stopped. */
  reading?: boolean
  /** Starts to read. Returns 0, or a negative code of libuv: for example, if the handle reads already. */
  readonly readStart?: () => number
  readonly readStop?: () => number
  /** The bytes of all writes so far. */
  readonly bytesWritten?: number
  /** The bytes that the kernel has not taken. */
  readonly writeQueueSize?: number
}

/** Returns the handle, or `undefined` if the socket is closed. */
export const handleOf = (socket: net.Socket): Handle | undefined =>
  (socket as { readonly _handle?: Handle | null })._handle ?? undefined

/** The handle of a socket that was lent: see `NodeWire.lend`. */
export class LentHandle {
  private readonly handle: Required<Handle>
  /** The code that `readStart` returns while the handle reads. */
  private readonly already: number

  private constructor(handle: Required<Handle>, already: number) {
    this.handle = handle
    this.already = already
  }

  /**
   * Returns `undefined` if the handle is not as expected: it must read now, and `readStart` must report that. So this
   * check changes nothing.
   */
  static of(socket: net.Socket): LentHandle | undefined {
    const handle = handleOf(socket)
    if (handle?.reading !== true || handle.readStart === undefined || handle.readStop === undefined) return undefined
    if (typeof handle.bytesWritten !== "number" || typeof handle.writeQueueSize !== "number") return undefined
    const already = handle.readStart()
    return already < 0 ? new LentHandle(handle as Required<Handle>, already) : undefined
  }

  get bytesWritten(): number {
    return this.handle.bytesWritten
  }

  get writeQueueSize(): number {
    return this.handle.writeQueueSize
  }

  /**
   * Call this in the event in which Node's TLS reports an end. Returns true if the end of the connection has caused
   * this event, and not bytes of the peer. libuv stops reading before it reports the end of a connection. While bytes
   * are reported, the handle still reads, or Node has stopped it and has set `reading` to false.
   */
  sawEnd(): boolean {
    const { already, handle } = this
    if (!handle.reading || handle.readStart() === already) return false
    handle.readStop()
    return true
  }
}
