/** What a peer does with each of its connections, with plain `node:net`. */
import type * as net from "node:net"

/** A talk may pause until `goOn` resolves. If it returns a promise, the promise resolves when the pause begins. */
export type Talk = (socket: net.Socket, goOn: Promise<void>) => unknown

export const nothing: Talk = () => {}

/** Sends text and the end. */
export const says =
  (text: string | Buffer): Talk =>
  socket =>
    socket.end(text)

/** Sends text and closes, so that it refuses what it receives. */
export const closes =
  (text: string): Talk =>
  socket =>
    socket.end(text, () => socket.destroy())

/** Sends text and no end. */
export const stays =
  (text: string | Buffer): Talk =>
  socket =>
    socket.write(text)

/** Sends text, pauses, and resets. */
export const resets =
  (text: string): Talk =>
  (socket, goOn) => {
    socket.write(text)
    goOn.then(() => socket.resetAndDestroy())
  }

/** Sends one byte per turn of the event loop, and the end. */
export const dribbles =
  (text: string): Talk =>
  socket => {
    const bytes = Buffer.from(text)
    let at = 0
    socket.setNoDelay(true)
    const next = (): unknown =>
      at === bytes.length ? socket.end() : socket.write(bytes.subarray(at, ++at), () => setImmediate(next))
    next()
  }

const line = "Connection Established\n"

/** Sends as much as the connection takes, without an end. */
export const floods: Talk = socket => {
  const lines = Buffer.from(line.repeat(3000))
  const more = (): void => {
    let hasRoom = true
    while (hasRoom && !socket.destroyed) {
      hasRoom = socket.write(lines)
    }
  }
  socket.on("drain", more)
  more()
}

/** Sends this many MiB, pauses when all are written, and ends. */
export const sends =
  (mebibytes: number): Talk =>
  async (socket, goOn) => {
    const mebibyte = Buffer.alloc(1024 * 1024, "x")
    for (let i = 0; i < mebibytes; i++) {
      await new Promise(done => socket.write(mebibyte, done))
    }
    goOn.then(() => socket.end())
  }

/** Sends back what it receives, and ends when the program ends. */
export const echoes: Talk = socket => socket.pipe(socket)

/** Sends the number of received bytes when the program ends. */
export const counts: Talk = socket => {
  let bytes = 0
  socket.on("data", piece => {
    bytes += piece.length
  })
  socket.on("end", () => socket.end(`${bytes} bytes came\n`))
}

/** Pauses, then sends text and the end. It ignores what it receives. */
export const speaksLate =
  (text: string): Talk =>
  (socket, goOn) => {
    goOn.then(() => socket.end(text))
  }
