/** Shared parts of the peers in Node, which replace those in C if there is no compiler. */
import { once } from "node:events"
import * as net from "node:net"

export const host = "127.0.0.1"

export const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

/** The mode, and the other arguments of the command line as numbers. */
export const [mode = "", ...words] = process.argv.slice(2)
export const [first = 0, second = 0, third = 0, fourth = 0] = words.map(Number)

/** Ends the process after 180 seconds. Nothing that is measured takes so long. */
export const limit = (): void => void setTimeout(() => process.exit(1), 180_000).unref()

export const listen = async (onConnection: (socket: net.Socket) => void): Promise<net.Server> => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    socket.on("error", () => {})
    onConnection(socket)
  })
  await once(server.listen({ host, port: 0, backlog: 4096 }), "listening")
  say({ listening: (server.address() as net.AddressInfo).port })
  return server
}
