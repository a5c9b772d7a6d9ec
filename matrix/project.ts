/** An empty project with the package installed, as npm would publish it. */
import * as fs from "node:fs"
import * as path from "node:path"
import { type Ran, run } from "./run.ts"

const root = path.resolve(import.meta.dirname, "..")

/** The packages that the README says to install, and those that compile a program. */
const beside = (manifest: { readonly devDependencies: Readonly<Record<string, string>> }) =>
  ["effect", "@effect/platform", "@effect/platform-node", "typescript", "@types/node"].map(
    name => `${name}@${manifest.devDependencies[name]}`
  )

/** The first TypeScript snippet of the README, with a `console.log` of its result. */
const snippet = (): string => {
  const readme = fs.readFileSync(path.join(root, "README.md"), "utf8")
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  return `${code.trimEnd()}.then(it => console.log(it))\n`
}

const flags = ["--strict", "--exactOptionalPropertyTypes", "--module", "NodeNext", "--target", "ES2022"]

const must = (what: string, { isGood, output }: Ran): string => {
  if (!isGood) throw new Error(`${what} failed: ${output}`)
  return output
}

/** Creates the project. Returns its folder and the tarball of the package. */
export const make = (folder: string) => {
  must("npm pack", run(root, "npm", ["pack", "--pack-destination", folder]))
  const tarball = path.join(folder, fs.readdirSync(folder).find(file => file.endsWith(".tgz")) ?? "")
  const project = path.join(folder, "project")
  fs.mkdirSync(project)
  fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ type: "module", private: true }))
  const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
  must("npm install", run(project, "npm", ["install", "--no-audit", "--no-fund", tarball, ...beside(manifest)]))
  fs.writeFileSync(path.join(project, "lesson.ts"), snippet())
  fs.cpSync(path.join(import.meta.dirname, "inside"), project, { recursive: true })
  return { project, tarball }
}

/** Checks that concern the package itself and not a runtime. */
export const checks = ({ project, tarball }: ReturnType<typeof make>): ReadonlyArray<readonly [string, Ran]> => {
  const bin = (name: string) => path.join(root, "node_modules", ".bin", name)
  return [
    ["tsc, the first snippet, skipLibCheck false", run(project, "npx", ["tsc", ...flags, "lesson.ts"])],
    ["publint", run(project, bin("publint"), ["--strict", tarball])],
    // The package has ES modules only. Node 20.19 can `require` them, and Node 10 does not support `exports`.
    ["attw", run(project, bin("attw"), [tarball, "--profile", "esm-only", "--format", "table-flipped"])]
  ]
}
