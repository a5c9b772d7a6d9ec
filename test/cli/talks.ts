/** What a peer on plain `node:net` does with each of its connections. */
import type * as net from "node:net"

/** Some wait in the middle, until they are told to go on; what a promise gives is that they have come so far. */
export type Talk = (socket: net.Socket, goOn: Promise<void>) => unknown

export const nothing: Talk = () => {}

/** This and the end. */
export const says =
  (text: string | Buffer): Talk =>
  socket =>
    socket.end(text)

/** This, and no end. */
export const stays =
  (text: string | Buffer): Talk =>
  socket =>
    socket.write(text)

/** This, and a reset when it is told to go on. */
export const resets =
  (text: string): Talk =>
  (socket, goOn) => {
    socket.write(text)
    goOn.then(() => socket.resetAndDestroy())
  }

/** A byte at a time, each in a turn of its own, and the end. */
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

/** As much as goes, without an end. */
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

/** So many MiB; when all of them have left, it waits to be told to go on, and ends. */
export const sends =
  (mebibytes: number): Talk =>
  async (socket, goOn) => {
    const mebibyte = Buffer.alloc(1024 * 1024, "x")
    for (let i = 0; i < mebibytes; i++) {
      await new Promise(done => socket.write(mebibyte, done))
    }
    goOn.then(() => socket.end())
  }

/** Sends back what comes, and ends when it does. */
export const echoes: Talk = socket => socket.pipe(socket)

/** Says how much came, when it has ended. */
export const counts: Talk = socket => {
  let bytes = 0
  socket.on("data", piece => {
    bytes += piece.length
  })
  socket.on("end", () => socket.end(`${bytes} bytes came\n`))
}

/** Nothing, until it is told to go on: then this, and the end, whatever comes. */
export const speaksLate =
  (text: string): Talk =>
  (socket, goOn) => {
    goOn.then(() => socket.end(text))
  }
