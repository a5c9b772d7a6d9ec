/** A hostile peer in a process of its own, which can be killed; called as `peers.py` is. */
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
  // The kernel completes as many connections as it keeps; nobody ever asks for them.
  listen(net.createServer(), 1, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
} else if (role === "visit") {
  visit(name, /^\d+$/.test(where) ? { host: "127.0.0.1", port: Number(where) } : { path: where }, props)
} else {
  listen(server(name, props), 128, () => {})
}
