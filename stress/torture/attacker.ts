/** The process of the attackers: as many plain sockets of `node:net` as requested, which behave as their load says. */
import * as net from "node:net"
import { Duplex } from "node:stream"
import * as timers from "node:timers/promises"
import * as tls from "node:tls"
import { type Attack, type Attacked, cutsPerSecond, type LoadName } from "./protocol.ts"

type Order = Exclude<Attack, "end">

const unlimited = Number.POSITIVE_INFINITY

const sockets = new Set<net.Socket>()

const tally = { opened: 0, lost: 0, cut: 0, slowestCut: 0 }

const open = (port: number, isReading: boolean) => {
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true })
  if (isReading) socket.resume()
  else socket.pause()
  sockets.add(socket)
  socket.on("error", () => {}).on("close", () => sockets.delete(socket))
  return socket
}

const connected = (socket: net.Socket): Promise<boolean> =>
  new Promise(resolve => {
    const done = (isOpen: boolean) => () => {
      if (isOpen) tally.opened += 1
      resolve(isOpen)
    }
    socket.once("connect", done(true)).once("error", done(false))
  })

const ended = (socket: net.Socket): Promise<void> =>
  socket.closed ? Promise.resolve() : new Promise(resolve => void socket.once("close", () => resolve()))

/** Runs `one` `count` times, at most `atOnce` at a time. */
const each = async (count: number, atOnce: number, one: (n: number) => Promise<void>) => {
  let next = 0
  const lane = async () => {
    while (next < count) await one(next++)
  }
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, lane))
}

/**
 * Opens connections, waits until each is answered, sends `words`, and keeps them open. Only 100 are made at a time, so
 * that the server keeps up.
 */
const stay = (words: string) => async (order: Order) =>
  each(order.count, 100, async n => {
    const socket = open(order.port, true)
    if (!(await isAnswered(socket, n))) tally.lost += 1
    else if (words !== "") socket.write(words)
  })

/** Opens all connections at once and keeps them open, without a question. */
const crowd = async (order: Order) =>
  each(order.count, unlimited, async () => {
    if (await connected(open(order.port, true))) return
    tally.lost += 1
  })

/** Sends a question. Returns true if the server echoes it. */
const isAnswered = async (socket: net.Socket, n: number): Promise<boolean> => {
  const question = `question ${n}\n`
  let answer = ""
  const answered = new Promise<void>(resolve => {
    socket
      .once("close", () => resolve())
      .on("data", bytes => {
        answer += bytes.toString("latin1")
        if (answer.length >= question.length) resolve()
      })
  })
  if (await connected(socket)) socket.write(question)
  await answered
  return answer === question
}

const ask = async ({ port }: Order, n: number) => {
  const socket = open(port, true)
  if (!(await isAnswered(socket, n))) tally.lost += 1
  socket.end()
  await ended(socket)
}

const reset = async ({ port }: Order) => {
  const socket = open(port, true)
  if (!(await connected(socket))) return
  socket.write("a line\nhalf a line", () => socket.resetAndDestroy())
  await ended(socket)
}

const more = Buffer.alloc(64 * 1024, "x")

/** Connections that end with unread bytes: for even `n` the client closes, and for odd `n` the server closes. */
const unread = async ({ port }: Order, n: number) => {
  const isOurs = n % 2 === 0
  const socket = open(port, !isOurs)
  if (!(await connected(socket))) return
  socket.write(isOurs ? "big\n" : "quit\n")
  if (isOurs) {
    await timers.setTimeout(50)
    socket.destroy()
  } else socket.write(more)
  await ended(socket)
}

/** Sends a byte every 300 ms and never a whole line, until the server closes the connection. */
const trickle = async ({ port }: Order) => {
  const socket = open(port, true)
  if (!(await connected(socket))) return
  const began = performance.now()
  const timer = setInterval(() => socket.write("x"), 300)
  await ended(socket)
  clearInterval(timer)
  tally.cut += 1
  tally.slowestCut = Math.max(tally.slowestCut, performance.now() - began)
}

/** The random numbers have a fixed seed, so that each run sends the same bytes. */
let state = 2463534242
const random = (below: number) => {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const noise = async ({ port }: Order) => {
  const socket = open(port, true)
  if (!(await connected(socket))) return
  socket.end(Buffer.from(Array.from({ length: 1 + random(16 * 1024) }, () => random(256))))
  await ended(socket)
}

/** Asks for the large answer and reads at most 4 KiB of it every 500 ms. */
const sip = async (order: Order) => {
  await each(order.count, 50, async () => {
    const socket = open(order.port, false)
    const begun = new Promise<void>(resolve => {
      socket.once("readable", () => resolve()).once("close", () => resolve())
    })
    if (await connected(socket)) socket.write("big\n")
    await begun
  })
  setInterval(() => {
    for (const socket of sockets) socket.read(4096)
  }, 500)
}

/** The ClientHello of Node, without a connection. */
const clientHello = (): Promise<Buffer> =>
  new Promise(resolve => {
    const duplex = new Duplex({ read() {}, write: (bytes: Buffer) => resolve(bytes) })
    tls.connect({ socket: duplex, servername: "localhost" }).on("error", () => {})
  })

/**
 * Begins handshakes at a steady rate and cuts each of them: at once, in the middle of the ClientHello, or after the
 * first answer of the server. Half of them end, and half of them reset.
 */
const cutHandshakes = async ({ count, port }: Order) => {
  const hello = await clientHello()
  const one = async (n: number) => {
    const socket = open(port, true)
    if (!(await connected(socket))) return
    if (n % 3 === 1) await written(socket, hello.subarray(0, hello.length / 2))
    if (n % 3 === 2) {
      const answered = new Promise<void>(resolve => void socket.once("data", () => resolve()).once("close", resolve))
      socket.write(hello)
      await answered
    }
    if (n % 2 === 0) socket.end()
    else socket.resetAndDestroy()
    await ended(socket)
  }
  const pace = 50
  const all: Array<Promise<void>> = []
  const began = performance.now()
  for (let n = 0; n < count; n++) {
    const due = began + (n * 1000) / cutsPerSecond
    if (due - performance.now() > pace) await timers.setTimeout(pace)
    all.push(one(n))
  }
  await Promise.all(all)
}

const written = (socket: net.Socket, bytes: Uint8Array): Promise<void> =>
  new Promise(resolve => void socket.write(bytes, () => resolve()))

const all = (atOnce: number, one: (order: Order, n: number) => Promise<void>) => (order: Order) =>
  each(order.count, atOnce, n => one(order, n))

const loads: Readonly<Record<LoadName, (order: Order) => Promise<void>>> = {
  idle: stay(""),
  burst: all(unlimited, ask),
  vanish: stay("half a line"),
  reset: all(100, reset),
  unread: all(100, unread),
  slowReader: sip,
  slowloris: all(unlimited, trickle),
  random: all(100, noise),
  tlsSilent: crowd,
  tlsCut: cutHandshakes,
  descriptors: crowd
}

process.on("message", (attack: Attack) => {
  if (attack === "end") process.exit()
  else loads[attack.load](attack).then(() => process.send?.(tally satisfies Attacked))
})

process.on("disconnect", () => process.exit())

process.send?.("ready")
