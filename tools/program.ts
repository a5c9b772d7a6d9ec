/**
 * Builds the program into one file, `dist/main.js`, with all that it needs, and writes the notices of the packages in it to
 * `dist/main.notices.txt`. Names are kept, so that the stack trace of a bug can be read.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { build } from "esbuild"

const root = path.resolve(import.meta.dirname, "..")
const outfile = path.join(root, "dist", "main.js")

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: "warning"
})
fs.chmodSync(outfile, 0o755)

/** The folders of the packages in it, such as `node_modules/@effect/cli`. */
const folders = new Set(
  Object.keys(metafile.inputs).flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
)

/** What the package asks to be said wherever a copy of it is. */
const notice = (folder: string): string => {
  const { license, name, version } = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"))
  const file = fs.readdirSync(path.join(root, folder)).find(file => /^licen[cs]e/i.test(file))
  if (file === undefined) throw new Error(`${name} has no file with its license`)
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(root, folder, file), "utf8").trim()}\n`
}

const rule = `\n${"-".repeat(80)}\n\n`
const notices = [...folders].sort().map(notice)
fs.writeFileSync(
  path.join(root, "dist", "main.notices.txt"),
  `The program, main.js, contains code of these packages.\n${rule}${notices.join(rule)}`
)
