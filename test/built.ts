/**
 * Builds the package once, before the tests that need it as users install it. The folder is readable for every user of the
 * system.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder that contains `dist` and `package.json`. */
    readonly built: string
  }
}

const root = path.resolve(import.meta.dirname, "..")

export default ({ provide }: TestProject): (() => void) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "built-"))
  fs.chmodSync(folder, 0o755)
  fs.copyFileSync(path.join(root, "package.json"), path.join(folder, "package.json"))
  const dist = path.join(folder, "dist")
  for (const words of [
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", dist],
    ["--import", "tsx", "tools/build.ts", dist]
  ]) {
    const { status, stderr, stdout } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" })
    if (status !== 0) throw new Error(stdout + stderr)
  }
  provide("built", folder)
  return () => fs.rmSync(folder, { recursive: true })
}
