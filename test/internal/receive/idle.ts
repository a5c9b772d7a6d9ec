/** A host of a receive buffer that does nothing by itself. A test pushes the bytes that arrive. */
import type { ReceiveHost } from "../../../src/internal/receive/buffer.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import { RecvError } from "../../../src/SocketError.ts"

export const ends = {
  localAddress: SocketAddress.unsafeInet("127.0.0.1", 1),
  remoteAddress: SocketAddress.unsafeInet("127.0.0.1", 2)
}

const ignore = () => {}

export const idle: ReceiveHost = {
  highWaterMark: 1024,
  pause: ignore,
  resume: ignore,
  recycle: ignore,
  later: callback => void setImmediate(callback),
  recvError: (reason, bufsize) => new RecvError({ ...ends, reason, bufsize }),
  recvTimedOut: by => new RecvError({ ...ends, reason: "TimedOut", by }),
  stepError: error => error
}
