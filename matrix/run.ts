/** Runs a process to its end and returns its output. */
import { spawnSync } from "node:child_process"

/** The timeout of a process, in milliseconds. */
const limit = 600_000

export interface Ran {
  readonly isGood: boolean
  /** Everything that the process wrote to stdout and stderr. */
  readonly output: string
}

export const run = (cwd: string, program: string, args: ReadonlyArray<string>): Ran => {
  const { error, signal, status, stderr, stdout } = spawnSync(program, args, { cwd, encoding: "utf8", timeout: limit })
  const why = error?.message ?? signal ?? ""
  return { isGood: status === 0, output: `${stdout ?? ""}${stderr ?? ""}${why}`.trim() }
}
