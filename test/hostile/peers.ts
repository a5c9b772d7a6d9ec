/**
 * Hostile peers, on plain `node:net`. Each peer is a function of a connection. So it can be a server to which the library
 * connects, or a client that the library accepts, in this process or in another. `peers.py` has the same peers.
 */
import * as net from "node:net"

/** What a peer gets to do its part. */
export interface Stage {
  readonly socket: net.Socket
  /** Runs `then` when the peer must act. Default: when the library sends its first byte. */
  readonly cue: (then: () => void) => void
  /** Reports what the peer has done. Tests wait for it. */
  readonly tell: (what: string) => void
  /** The length of a flood, in bytes. */
  readonly flood: number
  /** Kills the peer: its process, if it has its own. Default: destroys the socket. */
  readonly die: () => void
}

export const greeting = "Connection Established"

/** What `dribbles` sends, a byte at a time: characters of one to four bytes. */
export const dribbled = "a é € 😀 Connection Established"

export const escapes = "\x1b]0;title\x07\x1b[31m\u202eabc\u2069\r\x9b31m é\n"

export const invalidUtf8 = Uint8Array.from([...Buffer.from("fine "), 0xff, ...Buffer.from(" more")])

export const cutUtf8 = new Uint8Array(Buffer.from("cut €").subarray(0, -1))

/** The bytes that a peer sends before it resets a paused reader: more than one read returns. */
export const beforeReset = 3 * 1024 * 1024

/** The default length of a flood, in bytes. */
export const wholeFlood = 200 * 1024 * 1024

/** Byte `n` of every long stream is `n % period`. */
export const period = 251

const piece = Uint8Array.from({ length: period * 256 }, (_, n) => n % period)

/** Returns `length` bytes of a long stream from `offset` on. `length` is at most `longest`. */
export const streamed = (offset: number, length: number): Uint8Array =>
  piece.subarray(offset % period, (offset % period) + length)

/** The most bytes that `streamed` can return from any offset. */
export const longest = piece.length - period

/** Sends `bytes` bytes of a long stream as fast as the socket takes them, with one piece in memory. */
const stream = (socket: net.Socket, bytes: number, done: () => void) => {
  let left = bytes
  const next = () => {
    while (left > 0) {
      const part = left < piece.length ? piece.subarray(0, left) : piece
      left -= part.length
      if (!socket.write(part)) {
        socket.once("drain", next)
        return
      }
    }
    done()
  }
  next()
}

/** Resets the connection. A Unix socket has no reset, so it is destroyed. */
const reset = ({ socket, tell }: Stage) => {
  socket.on("close", () => tell("reset"))
  if (socket.localAddress === undefined) {
    socket.destroy()
  } else {
    socket.resetAndDestroy()
  }
}

/** An announcement of `length` bytes: eight bytes, big-endian. */
const announced = (length: number): Buffer => {
  const header = Buffer.alloc(8)
  header.writeBigUInt64BE(BigInt(length))
  return header
}

const byteAtATime = (socket: net.Socket, bytes: Uint8Array) => {
  let at = 0
  const next = (): unknown =>
    at === bytes.length ? socket.end() : socket.write(bytes.subarray(at, ++at), () => setImmediate(next))
  socket.setNoDelay(true)
  next()
}

/** Reads everything. At the end, calls `atTheEnd` with the number of bytes. */
const count = (socket: net.Socket, atTheEnd: (bytes: number) => void) => {
  let bytes = 0
  socket.on("data", chunk => {
    bytes += chunk.length
  })
  socket.on("end", () => atTheEnd(bytes))
}

/** Reads until the library ends its half, reports that, and destroys the socket. */
const leaveAtTheEnd = ({ socket, tell }: Stage) =>
  count(socket, () => {
    tell("saw the end")
    socket.destroy()
  })

const sendsAndEnds = (bytes: string | Uint8Array) => (stage: Stage) => {
  leaveAtTheEnd(stage)
  stage.socket.end(bytes)
}

export const peers = {
  resetsAtOnce: reset,
  greetsAndResets: stage => stage.socket.write(greeting, () => reset(stage)),
  resetsAfterGreeting: stage => {
    stage.socket.write(greeting)
    stage.cue(() => reset(stage))
  },
  resetsMidStream: stage => {
    stream(stage.socket, Number.POSITIVE_INFINITY, () => {})
    stage.cue(() => reset(stage))
  },
  resetsWhilePaused: stage => {
    stream(stage.socket, beforeReset, () => {})
    stage.cue(() => reset(stage))
  },
  dribbles: ({ socket }) => byteAtATime(socket, Buffer.from(dribbled)),
  isSilent: leaveAtTheEnd,
  neverReads: ({ socket }) => socket.pause(),
  halfClosesAndWaits: ({ socket, tell }) => {
    socket.end()
    count(socket, bytes => {
      tell(`received ${bytes}`)
      socket.destroy()
    })
  },
  answersAfterOurEnd: ({ socket }) => count(socket, bytes => socket.end(`received ${bytes}`)),
  floods: ({ flood, socket, tell }) => {
    // The peer reads, so that it sees a reset. At the close it reports how many bytes were sent.
    socket.resume()
    socket.on("close", () => tell(`sent ${socket.bytesWritten}`))
    stream(socket, flood, () => socket.end())
  },
  sendsAndDestroys: ({ socket }) => {
    socket.write(greeting)
    socket.destroy()
  },
  isKilled: ({ cue, die, socket }) => {
    socket.write(greeting)
    cue(die)
  },
  isKilledBeforeItReads: ({ die, socket }) => {
    socket.write(greeting)
    // Node reads only up to its own high-water mark, which is much less than the library sends.
    socket.once("readable", die)
  },
  sendsAfterOurEnd: ({ socket, tell }) => {
    socket.on("close", () => tell("gone"))
    count(socket, () => stream(socket, Number.POSITIVE_INFINITY, () => {}))
  },
  announcesTooMuch: sendsAndEnds(Buffer.concat([announced(1000), streamed(0, 10)])),
  announcesTheAbsurd: sendsAndEnds(Buffer.concat([announced(2 ** 40), streamed(0, 10)])),
  announcesTooLittle: sendsAndEnds(Buffer.concat([announced(10), streamed(0, 20)])),
  sendsEscapes: sendsAndEnds(escapes),
  sendsInvalidUtf8: sendsAndEnds(invalidUtf8),
  sendsCutUtf8: sendsAndEnds(cutUtf8),
  greets: sendsAndEnds(greeting),
  echoes: ({ socket }) => socket.pipe(socket)
} satisfies Readonly<Record<string, (stage: Stage) => unknown>>

export type PeerName = keyof typeof peers

export const names = Object.keys(peers) as ReadonlyArray<PeerName>

/** True for peers that affect their whole process and not only a connection. They need their own process. */
export const needsProcess = (
  peer: PeerName | "neverAccepts"
): peer is "neverAccepts" | "isKilled" | "isKilledBeforeItReads" =>
  peer === "neverAccepts" || peer.startsWith("isKilled")

/** The parts of a stage that have defaults. */
export type Props = Partial<Omit<Stage, "socket">>

/** Runs the peer on a connection. */
export const play = (name: PeerName, socket: net.Socket, props: Props = {}): void => {
  socket.on("error", () => {})
  const onFirstByte = (then: () => void) => {
    socket.once("data", then)
    socket.once("end", () => socket.destroy())
  }
  ;(peers[name] as (stage: Stage) => unknown)({
    socket,
    cue: onFirstByte,
    tell: () => {},
    flood: wholeFlood,
    die: () => socket.destroy(),
    ...props
  })
}

/** Creates a server that runs the peer on each connection. The caller must call `listen`. */
export const server = (name: PeerName, props?: Props): net.Server =>
  net.createServer({ allowHalfOpen: true }, socket => play(name, socket, props))

/** Connects to `target` and runs the peer on the connection. */
export const visit = (name: PeerName, target: net.NetConnectOpts, props?: Props): net.Socket => {
  const socket = net.connect({ ...target, allowHalfOpen: true })
  socket.on("error", () => {})
  socket.once("connect", () => play(name, socket, props))
  return socket
}
