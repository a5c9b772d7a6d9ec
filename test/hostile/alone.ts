/** A hostile peer in a process of its own, which can be killed; called as `peers.py` is. */
import type * as net from "node:net"
import { type PeerName, server, visit } from "./peers.ts"

const [name, role, where] = process.argv.slice(2) as [PeerName, "serve" | "visit", string]

const tell = (what: string) => process.stdout.write(`${what}\n`)
const props = { tell, die: () => process.kill(process.pid, "SIGKILL") }

if (role === "visit") {
  visit(name, /^\d+$/.test(where) ? { host: "127.0.0.1", port: Number(where) } : { path: where }, props)
} else {
  const serving = server(name, props)
  serving.listen(where === "tcp" ? { host: "127.0.0.1", port: 0 } : { path: where }, () =>
    tell(`listening ${where === "tcp" ? (serving.address() as net.AddressInfo).port : ""}`)
  )
}
