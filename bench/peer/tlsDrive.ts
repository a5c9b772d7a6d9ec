/** The client that opens idle connections over TLS: `tlsDrive idle PORT FIRST ALL`. */
import { once } from "node:events"
import * as tls from "node:tls"
import { pem, serverName } from "../contenders/pem.ts"
import { host, limit, first as port, say, second, third } from "./lines.ts"

limit()
const secureContext = tls.createSecureContext({ ca: pem("ca") })
const ended: Array<Promise<unknown>> = []
for (let i = 0; i < third; i++) {
  if (i === second) await once(process.stdin, "data")
  const socket = tls.connect({ host, port, servername: serverName, secureContext })
  await once(socket, "secureConnect")
  socket.resume()
  ended.push(new Promise(resolve => socket.on("error", () => {}).on("close", resolve)))
}
await Promise.all(ended)
say({ done: { sent: 0, received: 0, messages: third } })
process.exit()
