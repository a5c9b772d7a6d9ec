/** The program as it is installed, built once: it starts in a third of the time that its sources need. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const flags = ["--noCheck", "--declaration", "false", "--declarationMap", "false", "--sourceMap", "false"]

/** Gives its folder, which any user can read and the caller removes, and how it is called. */
export const build = (): { readonly folder: string; readonly command: ReadonlyArray<string> } => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "built-"))
  fs.chmodSync(folder, 0o755)
  fs.copyFileSync("package.json", path.join(folder, "package.json"))
  fs.symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"))
  const dist = path.join(folder, "dist")
  const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", ...flags, "--outDir", dist]
  const { status, stdout } = spawnSync(process.execPath, tsc, { encoding: "utf8" })
  if (status !== 0) throw new Error(stdout)
  return { folder, command: [process.execPath, path.join(dist, "main.js")] }
}
