import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as ts from "typescript"
import * as docs from "../tools/docs.ts"

const root = path.resolve(import.meta.dirname, "..")

// A sentence with one of these has to be read twice, or says nothing.
const banned: ReadonlyArray<readonly [words: RegExp, instead: string]> = [
  [/\bwhoever\b|\bwhomever\b|\bhe who\b|\bof those that\b/i, "name the caller, the peer or the fiber"],
  [/\bwhat (comes|becomes|came) of\b|\bwhat is too (much|many|long)\b|\bof itself\b/i, "name the thing"],
  [/\blet go\b|\bbe said\b|\bis said\b|\bbe told\b|\bis told\b|\bheld to\b/i, "say who does what"],
  [/\bfor want of\b|\bbe it\b|\bmanners?\b|\bhitherto\b|\bthereof\b|\bwhereof\b/i, "use a common word"],
  [/\bunless told\b|\bby default\b|\bas long as it likes\b/i, "write: Default: X."],
  [/\bsimply\b|\bof course\b|\bobviously\b|\bplease note\b|\bnote that\b/i, "leave it out"],
  [/\bcolour|\bbehaviour|\bcancelled|\bserialis|\brecognis|\binitialis|\bnormalis|\banalys/i, "use American spelling"]
]

// Words of one sentence. A longer one is two.
const longest = 42

const comments = (file: string): ReadonlyArray<readonly [line: number, text: string]> => {
  const source = fs.readFileSync(path.join(root, file), "utf8")
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, source)
  const found: Array<readonly [number, string]> = []
  const lineOf = (at: number) => source.slice(0, at).split("\n").length
  const braces: Array<boolean> = []
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    // The scanner does not know where a template continues.
    if (token === ts.SyntaxKind.TemplateHead) braces.push(true)
    if (token === ts.SyntaxKind.OpenBraceToken) braces.push(false)
    if (token === ts.SyntaxKind.CloseBraceToken && braces.pop() === true) {
      if (scanner.reScanTemplateToken(false) === ts.SyntaxKind.TemplateMiddle) braces.push(true)
    }
    if (token === ts.SyntaxKind.SlashToken) scanner.reScanSlashToken()
    if (token !== ts.SyntaxKind.SingleLineCommentTrivia && token !== ts.SyntaxKind.MultiLineCommentTrivia) continue
    found.push([lineOf(scanner.getTokenStart()), scanner.getTokenText()])
  }
  // Lines of `//` that follow one another are one comment.
  const joined: Array<[line: number, text: string]> = []
  for (const [line, text] of found) {
    const last = joined.at(-1)
    const follows = last?.[1].startsWith("//") && text.startsWith("//") && last[0] + last[1].split("\n").length === line
    if (follows && last !== undefined) last[1] += `\n${text}`
    else joined.push([line, text])
  }
  return joined
}

/** The sentences of a comment or a document, without code. */
const sentences = (text: string): ReadonlyArray<string> =>
  text
    .replace(/```[\s\S]*?```/g, "\n\n")
    .replace(/^\s*(\/\*\*?|\*\/|\*|\/\/)/gm, "")
    .replace(/\*\/\s*$/, "")
    .replace(/^\s*[|].*$/gm, line => line.replaceAll("|", "\n\n"))
    .replace(/<!--.*-->/g, "\n\n")
    .replace(/`[^`]*`/g, "code")
    .split(/(?<=[.:;?!])\s+|\n\s*\n|\n\s*(?=[-#@]|\d+\.)/)
    .map(sentence => sentence.replace(/\s+/g, " ").trim())
    .filter(sentence => sentence !== "")

const faultsOf = (where: string, text: string): ReadonlyArray<string> =>
  sentences(text).flatMap(sentence => [
    ...banned.flatMap(([words, instead]) => (words.test(sentence) ? [`${where}: ${instead}: ${sentence}`] : [])),
    ...(sentence.split(" ").length > longest ? [`${where}: more than ${longest} words: ${sentence}`] : [])
  ])

const code = ["src", "examples", "stress", "tools", "bench", "matrix", "test"].flatMap(folder =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter(file => /\.m?ts$/.test(file) && !/(^|\/)(node_modules|\.build|\.work)\//.test(file))
    .map(file => path.posix.join(folder, file))
)

describe("the prose", () => {
  it("of comments and docstrings is plain", () => {
    const faults = code.flatMap(file => comments(file).flatMap(([line, text]) => faultsOf(`${file}:${line}`, text)))
    assert.strictEqual(faults.join("\n"), "")
  })

  it("of every document is plain", () => {
    const faults = [...docs.documents, "CONTRIBUTING.md", "CHANGELOG.md", "docs/CONTRACT.md"].flatMap(file =>
      faultsOf(file, fs.readFileSync(path.join(root, file), "utf8"))
    )
    assert.strictEqual(faults.join("\n"), "")
  })

  it("is checked by a test that finds what it bans", () => {
    const long = `${"word ".repeat(longest)}word`
    for (const text of ["// Whoever reads.", "/** Kept unless told. */", "Note that it waits.", long]) {
      assert.strictEqual(faultsOf("here", text).length, 1, text)
    }
  })
})
