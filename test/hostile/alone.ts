/** A hostile peer in its own process, which can be killed. The arguments are those of `peers.py`. */
import * as net from "node:net"
import { type PeerName, server, visit } from "./peers.ts"

const [name, role, where] = process.argv.slice(2) as [PeerName | "neverAccepts", "serve" | "visit", string]

const tell = (what: string) => process.stdout.write(`${what}\n`)
const props = { tell, die: () => process.kill(process.pid, "SIGKILL") }

const listen = (server: net.Server, backlog: number, then: () => void) =>
  server.listen({ backlog, ...(where === "tcp" ? { host: "127.0.0.1", port: 0 } : { path: where }) }, () => {
    tell(`listening ${where === "tcp" ? (server.address() as net.AddressInfo).port : ""}`)
    then()
  })

if (name === "neverAccepts") {
  // The kernel completes connections until its backlog is full. This process blocks and never accepts one.
  listen(net.createServer(), 1, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
} else if (role === "visit") {
  visit(name, /^\d+$/.test(where) ? { host: "127.0.0.1", port: Number(where) } : { path: where }, props)
} else {
  listen(server(name, props), 128, () => {})
}
