/**
 * `npm run matrix` packs the package, installs it into an empty project, runs it on each runtime, and prints a table of
 * the results. The exit code is 0 if the checks of the package pass and every supported runtime passes, otherwise 1.
 * It needs the npm registry, Linux on x64, and permission to listen on port 808. Port 8080
 * must be free.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { checks, make } from "./project.ts"
import { run } from "./run.ts"
import { get, type Runtime, runtimes } from "./runtimes.ts"
import { server } from "./server.ts"
import { tls } from "./tls.ts"

const say = (line: string) => void process.stdout.write(`${line}\n`)

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "matrix-"))

/** The last line of an output. The other lines are printed below the table. */
const lastLine = (output: string) => output.split("\n").at(-1) ?? ""

/** Whether the runtime has the permission that `--allow-net` gives: Node 25 and later. */
const hasNetPermission = ({ name }: Runtime, project: string, file: string) =>
  name.startsWith("Node") && run(project, file, ["--permission", "--allow-net", "--version"]).isGood

const row = (runtime: Runtime, project: string) => {
  const got = get(folder, runtime)
  if ("problem" in got) return { line: `| ${runtime.name} | ${got.problem} |`, isGood: false, told: [] }
  const inside = (...args: ReadonlyArray<string>) => run(project, got.file, [...runtime.args, ...args])
  const snippet = inside("lesson.js")
  const isGreeted = snippet.isGood && snippet.output.includes("hello")
  const program = inside("node_modules/effect-sockets/dist/main.js")
  const isEstablished = program.isGood && program.output === "Connection Established"
  const contract = inside("contract.mjs")
  const secured = runtime.name.startsWith("Node") ? tls(got.file) : undefined
  const permission = hasNetPermission(runtime, project, got.file)
    ? run(project, got.file, ["--permission", "--allow-fs-read=/", "permission.mjs"])
    : undefined
  const cells = [
    runtime.name,
    got.version,
    isGreeted ? "yes" : lastLine(snippet.output),
    isEstablished ? "yes" : lastLine(program.output),
    lastLine(contract.output),
    secured === undefined ? "-" : lastLine(secured.output),
    permission === undefined ? "-" : lastLine(permission.output)
  ]
  return {
    line: `| ${cells.join(" | ")} |`,
    isGood: isGreeted && isEstablished && contract.isGood && secured?.isGood !== false && permission?.isGood !== false,
    told: [contract, secured, permission].flatMap(ran =>
      ran === undefined || ran.isGood ? [] : ran.output.split("\n").slice(0, -1)
    )
  }
}

const matrix = async (): Promise<boolean> => {
  const made = make(folder)
  const checked = checks(made)
  for (const [what, { isGood, output }] of checked) say(`${what}: ${isGood ? "ok" : output}`)
  // The program without arguments connects to the first server, and the README's first snippet to the second one.
  const servers = await Promise.all([server("server", os.hostname(), 808), server("echo", "localhost", 8080)])
  try {
    say(
      "\n| runtime | version | the README's first snippet | the program | the contract over TCP | TLS | without --allow-net |"
    )
    say("| --- | --- | --- | --- | --- | --- | --- |")
    const rows = runtimes.map(runtime => {
      const one = row(runtime, made.project)
      say(one.line)
      return { ...one, runtime }
    })
    for (const { runtime, told } of rows) for (const line of told) say(`\n${runtime.name} failed: ${line}`)
    return checked.every(([, { isGood }]) => isGood) && rows.every(it => it.isGood || !it.runtime.isPromised)
  } finally {
    for (const started of servers) started.close()
  }
}

try {
  process.exitCode = (await matrix()) ? 0 : 1
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
