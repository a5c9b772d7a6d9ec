/** Builds what is measured. Types are stripped once, into a folder that git ignores, so that plain JavaScript runs. */
import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import ts from "typescript"
import * as TestCertificates from "../src/TestCertificates.ts"
import { serverName } from "./contenders/pem.ts"

export interface Built {
  /** The folder with the JavaScript and the C programs. */
  readonly folder: string
  /** The folder with the JavaScript of the commit `--before`. */
  readonly before: string | undefined
  readonly hasPython: boolean
  /** Why the C programs could not be built. Undefined if they were. */
  readonly withoutC: string | undefined
  /** Why Effect 4 is not installed. Undefined if it is. */
  readonly withoutEffect4: string | undefined
}

const here = import.meta.dirname
const root = path.resolve(here, "..")
const folder = path.join(here, ".build")

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true
}

const strip = (from: string, to: string): void => {
  for (const file of fs.readdirSync(from, { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(".ts"))) {
    const target = path.join(to, file.replace(/\.ts$/, ".js"))
    fs.mkdirSync(path.dirname(target), { recursive: true })
    const source = fs.readFileSync(path.join(from, file), "utf8")
    fs.writeFileSync(target, ts.transpileModule(source, { compilerOptions: options, fileName: file }).outputText)
  }
}

const run = (command: string, words: ReadonlyArray<string>, cwd = root): string | undefined => {
  const { error, status, stderr } = childProcess.spawnSync(command, words, { cwd, encoding: "utf8", timeout: 180_000 })
  return status === 0 ? undefined : (error?.message ?? stderr.trim().slice(-500))
}

/** Builds the sources of a commit with the contenders of that commit, because names may have changed since. */
const buildBefore = (commit: string): string => {
  const to = path.join(folder, "before")
  const sources = path.join(to, "sources")
  fs.mkdirSync(sources, { recursive: true })
  const failed = run("sh", ["-c", `git archive "$1" src bench/contenders | tar -x -C "$2"`, "sh", commit, sources])
  if (failed !== undefined) throw new Error(`could not read the sources of ${commit}: ${failed}`)
  strip(path.join(sources, "src"), path.join(to, "src"))
  strip(path.join(sources, "bench", "contenders"), path.join(to, "bench", "contenders"))
  return to
}

/** Makes the certificates of the workloads with TLS, with keys of P-256 as most servers have. */
const makeCertificates = (): void => {
  const { certificate, issue } = Effect.runSync(TestCertificates.authority({ keyType: "ec" }))
  const identity = Effect.runSync(issue({ names: [serverName] }))
  const to = path.join(folder, "tls")
  fs.mkdirSync(to, { recursive: true })
  fs.writeFileSync(path.join(to, "ca.pem"), certificate)
  fs.writeFileSync(path.join(to, "certificate.pem"), identity.certificate)
  fs.writeFileSync(path.join(to, "key.pem"), Redacted.value(identity.key))
}

const buildC = (): string | undefined => {
  const programs = ["peer", "drive", "limit"]
  const failures = programs.map(name =>
    run("cc", ["-O2", "-Wall", "-o", path.join(folder, name), path.join(here, "c", `${name}.c`)])
  )
  const failed = failures.find(failure => failure !== undefined)
  return failed === undefined ? undefined : `cc failed: ${failed}`
}

/** Installs Effect 4 from its lock file into its own folder, unless it is installed. Returns why it failed. */
const installEffect4 = (): string | undefined => {
  const its = path.join(here, "effect4")
  if (fs.existsSync(path.join(its, "node_modules", "effect", "package.json"))) return undefined
  const failed = run("npm", ["ci", "--no-audit", "--no-fund", "--no-engine-strict"], its)
  return failed === undefined ? undefined : `npm ci failed: ${failed}`
}

export const build = (wanted: (contender: string) => boolean, before: string | undefined): Built => {
  fs.rmSync(folder, { recursive: true, force: true })
  strip(path.join(root, "src"), path.join(folder, "src"))
  strip(path.join(here, "contenders"), path.join(folder, "bench", "contenders"))
  strip(path.join(here, "peer"), path.join(folder, "bench", "peer"))
  makeCertificates()
  return {
    folder,
    before: before === undefined ? undefined : buildBefore(before),
    hasPython: run("python3", ["--version"]) === undefined,
    withoutC: buildC(),
    withoutEffect4: wanted("effect4") ? installEffect4() : "not selected by --contenders"
  }
}
