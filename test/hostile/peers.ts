/**
 * Peers that do what no peer should, on plain `node:net`. Each is what it does with a connection, so that it can be a
 * server that ours connect to or a client that ours accept, here or in a process of its own. `peers.py` has the same.
 */
import * as net from "node:net"

/** What a peer has to do its part with. */
export interface Stage {
  readonly socket: net.Socket
  /** Runs it when it is time: when ours sends its first byte, unless a test knows better. */
  readonly cue: (then: () => void) => void
  /** Says what has been done, for whoever waits for it. */
  readonly tell: (what: string) => void
  /** The length of a flood, in bytes. */
  readonly flood: number
  /** The end of a peer that is killed: that of its process, where it has one of its own. */
  readonly die: () => void
}

export const greeting = "Connection Established"

/** What `dribbles` sends, a byte at a time: characters of one to four bytes. */
export const dribbled = "a é € 😀 Connection Established"

export const escapes = "\x1b]0;title\x07\x1b[31m\u202eabc\u2069\r\x9b31m é\n"

export const invalidUtf8 = Uint8Array.from([...Buffer.from("fine "), 0xff, ...Buffer.from(" more")])

export const cutUtf8 = new Uint8Array(Buffer.from("cut €").subarray(0, -1))

/** How many bytes are on their way before a reset that finds ours paused: more than one read of them. */
export const beforeReset = 3 * 1024 * 1024

/** The length of a flood where nothing else is asked for. */
export const wholeFlood = 200 * 1024 * 1024

/** Byte `n` of every long stream is `n % period`. */
export const period = 251

const piece = Uint8Array.from({ length: period * 256 }, (_, n) => n % period)

/** The bytes of a long stream from `offset` on, for as long as one piece. */
export const streamed = (offset: number, length: number): Uint8Array =>
  piece.subarray(offset % period, (offset % period) + length)

/** The longest that `streamed` can give from any offset. */
export const longest = piece.length - period

/** Sends so many bytes as fast as they are taken; holds one piece of them. */
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

/** A Unix socket has no reset: it is destroyed. */
const reset = ({ socket, tell }: Stage) => {
  socket.on("close", () => tell("reset"))
  if (socket.localAddress === undefined) {
    socket.destroy()
  } else {
    socket.resetAndDestroy()
  }
}

/** A length of eight bytes, as if so many bytes would follow. */
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

/** Reads all there is, and says at the end how many bytes it was. */
const count = (socket: net.Socket, atTheEnd: (bytes: number) => void) => {
  let bytes = 0
  socket.on("data", chunk => {
    bytes += chunk.length
  })
  socket.on("end", () => atTheEnd(bytes))
}

/** Takes part no longer when ours has ended, and says so. */
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
    // It reads, so that a reset is seen; and tells how much has been taken of what it sends.
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
    // Node reads no further than its own mark, which is far from all that ours sends.
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

/** What a process does, and not one connection of it. */
export const needsProcess = (
  peer: PeerName | "neverAccepts"
): peer is "neverAccepts" | "isKilled" | "isKilledBeforeItReads" =>
  peer === "neverAccepts" || peer.startsWith("isKilled")

/** What can be left out of a stage. */
export type Props = Partial<Omit<Stage, "socket">>

/** Lets the peer do its part on a connection. */
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

/** A server of them, which listens soon. */
export const server = (name: PeerName, props?: Props): net.Server =>
  net.createServer({ allowHalfOpen: true }, socket => play(name, socket, props))

/** A client of their kind, on its way to the target. */
export const visit = (name: PeerName, target: net.NetConnectOpts, props?: Props): net.Socket => {
  const socket = net.connect({ ...target, allowHalfOpen: true })
  socket.on("error", () => {})
  socket.once("connect", () => play(name, socket, props))
  return socket
}
