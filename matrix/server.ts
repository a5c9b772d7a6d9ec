/** Starts the program's `server` command on port 808 of this host. The first snippet of the README connects to it. */
import { spawn } from "node:child_process"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

export const server = (): Promise<{ readonly close: () => void }> =>
  new Promise((resolve, reject) => {
    const args = [path.join(root, "dist", "main.js"), "server", os.hostname(), "808"]
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    const hear = (bytes: Buffer) => {
      said += bytes
      if (/listening/i.test(said)) resolve({ close: () => child.kill("SIGKILL") })
    }
    child.stdout.on("data", hear)
    child.stderr.on("data", hear)
    child.once("exit", () => reject(new Error(`the server on port 808 did not start: ${said}`)))
  })
