/** `npx tsx examples/transfer/main.ts give localhost:7100 FOLDER`, and then `.../main.ts get localhost:7100 FOLDER NAME`. */
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as NodeNetwork from "effect-sockets/NodeNetwork"
import * as client from "./client.ts"
import { FileError, Files } from "./files.ts"
import * as server from "./server.ts"

const [, , part, address = "localhost:7100", folder = ".", name = ""] = process.argv

const at = (name: string) => path.join(folder, name)
const failed = (error: unknown) => new FileError({ message: `${error}` })
const promised = <A>(make: () => Promise<A>) => Effect.tryPromise({ try: make, catch: failed })

const sha256 = async (name: string) => {
  const hash = crypto.createHash("sha256")
  for await (const piece of fs.createReadStream(at(name))) hash.update(piece)
  return hash.digest("hex")
}

const sizeOf = (name: string) =>
  fs.promises.stat(at(name)).then(
    ({ size }) => size,
    error => (error.code === "ENOENT" ? 0 : Promise.reject(error))
  )

const files = Files.of({
  size: name => promised(() => sizeOf(name)),
  read: (name, start) =>
    Stream.fromAsyncIterable<Uint8Array, FileError>(fs.createReadStream(at(name), { start }), failed),
  append: (name, bytes) => promised(() => fs.promises.appendFile(at(name), bytes)),
  remove: name => promised(() => fs.promises.rm(at(name))),
  sha256: name => promised(() => sha256(name))
})

const program = Effect.if(part === "give", {
  onTrue: () => server.program(address),
  onFalse: () => client.program(address, name, (have, size) => Console.log(`${have} of ${size} bytes`))
})

program.pipe(Effect.provideService(Files, files), Effect.scoped, Effect.provide(NodeNetwork.layer), NodeRuntime.runMain)
