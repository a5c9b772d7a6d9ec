/** Starts the program's servers that the rows of the matrix connect to. */
import { spawn } from "node:child_process"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

/** Starts a command that listens, such as `echo`, and waits until it listens. */
export const server = (command: string, host: string, port: number): Promise<{ readonly close: () => void }> =>
  new Promise((resolve, reject) => {
    const args = [path.join(root, "dist", "main.js"), command, host, String(port)]
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    process.once("exit", () => child.kill("SIGKILL"))
    let said = ""
    const hear = (bytes: Buffer) => {
      said += bytes
      if (/listening/i.test(said)) resolve({ close: () => child.kill("SIGKILL") })
    }
    child.stdout.on("data", hear)
    child.stderr.on("data", hear)
    child.once("exit", () => reject(new Error(`the server on port ${port} did not start: ${said}`)))
  })
