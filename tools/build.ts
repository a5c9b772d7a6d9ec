/**
 * Writes the JavaScript of `dist`. `tsc` writes the declarations.
 *
 * Each public module and each room becomes one file, so that an import resolves few files. The command-line program
 * becomes one file with all its dependencies, so that it runs without the peer dependencies. Identifiers are not
 * minified, so that stack traces stay readable.
 * See docs/DECISIONS.md#esbuild-makes-one-file-for-each-public-module.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { build, type Plugin } from "esbuild"

const root = path.resolve(import.meta.dirname, "..")
/** The output folder: the first argument. Default: `dist`. */
const outdir = path.resolve(root, process.argv[2] ?? "dist")

/** Bundles the files of one folder of `internal`. Imports of other folders stay imports. */
const byRoom: Plugin = {
  name: "by room",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.{1,2}\// }, ({ importer, path: module, resolveDir }) =>
      importer === "" || (path.dirname(path.resolve(resolveDir, module)) === resolveDir && resolveDir !== `${root}/src`)
        ? undefined
        : { path: module.replace(/\.ts$/, ".js"), external: true }
    )
}

const publicModules = fs.readdirSync(path.join(root, "src")).filter(file => /^(?!main\.).*\.ts$/.test(file))
const doors = fs
  .readdirSync(path.join(root, "src", "internal"), { recursive: true, encoding: "utf8" })
  .filter(file => path.basename(file) === "index.ts")
  .map(file => path.join("internal", file))

const shared = { absWorkingDir: root, outdir, format: "esm", target: "node20", logLevel: "warning" } as const

await build({
  ...shared,
  entryPoints: [...publicModules, ...doors].map(file => `src/${file}`),
  outbase: "src",
  bundle: true,
  packages: "external",
  platform: "neutral",
  plugins: [byRoom]
})

const { metafile } = await build({
  ...shared,
  entryPoints: ["src/main.ts"],
  bundle: true,
  platform: "node",
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true
})
fs.chmodSync(path.join(outdir, "main.js"), 0o755)

/** The folders of the packages bundled into `main.js`, such as `node_modules/@effect/cli`. */
const folders = new Set(
  Object.keys(metafile.inputs).flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
)

/** The license notice of a package. Its license requires the notice in every copy. */
const notice = (folder: string): string => {
  const { license, name, version } = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"))
  const file = fs.readdirSync(path.join(root, folder)).find(file => /^licen[cs]e/i.test(file))
  if (file === undefined) throw new Error(`${folder} has no license file; main.notices.txt needs one`)
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(root, folder, file), "utf8").trim()}\n`
}

const rule = `\n${"-".repeat(80)}\n\n`
const notices = [...folders].sort().map(notice)
fs.writeFileSync(
  path.join(outdir, "main.notices.txt"),
  `The program main.js contains code from these packages.\n${rule}${notices.join(rule)}`
)
