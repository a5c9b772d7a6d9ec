/**
 * `npm run docs`: copies code from files into the documents. In a document the line `<!-- code: FILE -->`, or
 * `<!-- code: FILE#REGION -->`, says where the block of code below it comes from. A region begins with `// #region NAME` and ends
 * with `// #endregion`. `test/docs.test.ts` checks that every block is up to date.
 * See docs/DECISIONS.md#documents-include-tested-code.
 */
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

/** Every document with code in it. */
export const documents: ReadonlyArray<string> = [
  "README.md",
  ...fs
    .readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".md"))
    .map(file => path.posix.join("docs", file))
    .sort()
]

/** As a user would write it: the package by its name, and a neighbor as a neighbor. */
const asUsed = (code: string): string =>
  code
    .replace(/"(?:\.\.\/)+src\/index\.ts"/g, '"effect-sockets"')
    .replace(/"(?:\.\.\/)+src\/(\w+)\.ts"/g, '"effect-sockets/$1"')
    .replace(/"(?:\.\.\/)+examples\/\w+\/(\w+)\.ts"/g, '"./$1.ts"')

const region = (code: string, name: string): string | undefined =>
  new RegExp(`^[ \\t]*// #region ${name}\\n([\\s\\S]*?)^[ \\t]*// #endregion$`, "m").exec(code)?.[1]

const codeOf = (reference: string): string => {
  const [file = "", name] = reference.split("#")
  const text = asUsed(fs.readFileSync(path.join(root, file), "utf8"))
  const code = name === undefined ? text : region(text, name)
  if (code === undefined) throw new Error(`${file} has no region ${name}`)
  const lines = code.split("\n").filter(line => !/^\s*\/\/ #(region|endregion)/.test(line))
  const indent = Math.min(
    ...lines.filter(line => line.trim() !== "").map(line => line.length - line.trimStart().length)
  )
  return lines
    .map(line => line.slice(indent))
    .join("\n")
    .trim()
}

/** The document with the code that its files have now. */
export const rendered = (document: string): string =>
  document.replace(
    /^(<!-- code: (\S+) -->\n)```(\w+)\n[\s\S]*?^```$/gm,
    (_, marker: string, reference: string, language: string) =>
      `${marker}\`\`\`${language}\n${codeOf(reference)}\n\`\`\``
  )

export const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")

if (import.meta.filename === process.argv[1]) {
  for (const file of documents) {
    const now = rendered(read(file))
    if (now !== read(file)) {
      fs.writeFileSync(path.join(root, file), now)
      process.stdout.write(`${file}\n`)
    }
  }
}
