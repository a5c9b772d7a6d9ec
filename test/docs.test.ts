import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as docs from "../tools/docs.ts"

const root = path.resolve(import.meta.dirname, "..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")
const readme = read("README.md")

const sources = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".ts"))
    .map(file => path.posix.join(folder, file))

describe("the README", () => {
  it("begins with the two commands for a newcomer", () => {
    const [, , fence, first, second, end] = readme.split("\n")
    assert.deepStrictEqual(
      [fence, first, second, end],
      ["```sh", "npm ci && npx tsx src/main.ts", "npm ci && npm test", "```"]
    )
  })

  it("is at most 10 KB long", () => assert.isAtMost(Buffer.byteLength(readme), 10_000))

  it("says to install the versions that the tests use", () => {
    const { devDependencies } = JSON.parse(read("package.json"))
    const [, install = ""] = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? "")
    const told = [...install.matchAll(/(\S+)@(\d[\d.]*)/g)]
    assert.strictEqual(told.length, 4)
    for (const [, name = "", version = ""] of told) {
      assert.strictEqual(`${devDependencies[name]}.`.indexOf(`^${version}.`), 0, name)
    }
  })

  it("lists the existing public modules", () => {
    const table = readme.slice(readme.indexOf("## Modules"), readme.indexOf("## More documents"))
    const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(match => match[1] ?? "")
    const there = fs
      .readdirSync(path.join(root, "src"))
      .filter(file => /^[A-Z]\w+\.ts$/.test(file))
      .map(file => file.slice(0, -3))
    assert.deepStrictEqual(listed.sort(), there.sort())
  })
})

describe("every document", () => {
  it("shows the code that its files have: otherwise run `npm run docs`", () => {
    for (const file of docs.documents) assert.strictEqual(docs.rendered(docs.read(file)), docs.read(file), file)
  })

  it("takes every block of TypeScript from a file that a test runs", () => {
    for (const file of docs.documents.filter(file => file !== "docs/guide/testing.md")) {
      for (const [block, before] of docs.read(file).matchAll(/^(.*)\n```ts\n/gm)) {
        const [, code = ""] = /^<!-- code: ([^# ]+)/.exec(before ?? "") ?? []
        assert.match(code, /^test\/.*\.ts$/, `${file}: ${block}`)
      }
    }
  })

  it("links only to existing files", () => {
    for (const file of docs.documents) {
      for (const [, target = ""] of docs.read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        assert.isTrue(fs.existsSync(path.join(root, path.dirname(file), target)), `${file}: ${target}`)
      }
    }
  })

  it("of the guide is linked from the README", () => {
    const guide = docs.documents.filter(file => file.startsWith("docs/guide/"))
    assert.isAbove(guide.length, 8)
    assert.deepStrictEqual(
      guide.filter(file => !readme.includes(`(${file})`)),
      []
    )
  })
})

describe("the module Conformance", () => {
  it("shows the code of a test that runs", () => {
    const asUsed = read("test/conformance/example.test.ts").replace(
      /"\.\.\/\.\.\/src\/(\w+)\.ts"/g,
      '"effect-sockets/$1"'
    )
    const commented = asUsed.replace(/^/gm, " * ").replace(/ +$/gm, "")
    assert.include(read("src/Conformance.ts"), ` * \`\`\`ts\n${commented} \`\`\`\n`)
  })
})

describe("the page about testing", () => {
  const page = read("docs/guide/testing.md")
  const run = ["examples/price", "examples/election", "test/examples"]
    .flatMap(sources)
    .map(file => read(file).replace(/"\.\.\/\.\.\/examples\/\w+\/(\w+)\.ts"/g, '"./$1.ts"'))

  it("shows only lines of examples and of their tests", () => {
    const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap(match => match[1] ?? [])
    assert.isAbove(blocks.length, 10)
    const invented = blocks.filter(block => !run.some(text => `\n${text}`.includes(`\n${block}`)))
    assert.deepStrictEqual(invented, [])
  })

  it("shows the whole client, and its tests in order", () => {
    const [client = "", ...tests] = [
      read("examples/price/client.ts"),
      ...(read("test/examples/price.test.ts").match(/^it\.live\([\s\S]*?^\)$/gm) ?? [])
    ]
    assert.isAbove(tests.length, 5)
    const places = [client, ...tests].map(text => page.indexOf(text))
    assert.notInclude(places, -1)
    assert.deepStrictEqual(
      places,
      [...places].sort((a, b) => a - b)
    )
  })
})

describe("the package", () => {
  it("contains the files that the README and the guide link to, except those of the repository only", () => {
    const { files } = JSON.parse(read("package.json"))
    const linked = docs.documents
      .filter(file => file === "README.md" || file.startsWith("docs/guide/"))
      .flatMap(page =>
        [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(match =>
          path.posix.join(path.posix.dirname(page), match[1] ?? "")
        )
      )
    const missing = linked.filter(file => !files.some((part: string) => file === part || file.startsWith(`${part}/`)))
    assert.deepStrictEqual(
      missing.filter(file => !/^(test|bench|stress)\/|^CONTRIBUTING\.md$/.test(file)),
      []
    )
  })
})

describe("the tree", () => {
  it("has a header with the concept in every module of src", () => {
    const without = sources("src").filter(file => !/^(#!.*\n)?\/\*\*\n \* \S/.test(read(file)))
    assert.deepStrictEqual(without, [])
  })

  it("has a docstring on every public export", () => {
    const bare = sources("src")
      .filter(file => /^src\/[A-Z]\w+\.ts$/.test(file))
      .flatMap(file =>
        [...read(file).matchAll(/^(?!import)(.*\n)export (?:const|class|interface|type) (\w+)/gm)]
          .filter(match => match[1] !== " */\n")
          .map(match => `${file}: ${match[2]}`)
      )
    assert.deepStrictEqual(bare, [])
  })

  it("runs every example of the reference", () => {
    const examples = sources("src").flatMap(file =>
      [...read(file).matchAll(/@example\n \* ```ts\n([\s\S]*?) \* ```\n/g)].map(([, code = ""]) =>
        code.replace(/^ \* ?/gm, "")
      )
    )
    const run = sources("test/reference").filter(file => !file.endsWith(".test.ts"))
    assert.deepStrictEqual(examples.sort(), run.map(read).sort())
  })

  it("has a line in the index for each public module, except those that the index lists by their own path", () => {
    const index = read("src/index.ts")
    const listed = [...index.matchAll(/export \* as (\w+) from "\.\/(\w+)\.ts"/g)].map(match => match[1])
    const apart = [
      ...["Conformance", "Fault", "Latency", "NodeNetwork", "NodeTls", "SimulatedNetwork", "SocketSchema"],
      ...["TestCertificates", "TestServer"]
    ]
    const there = sources("src").flatMap(file => /^src\/([A-Z]\w+)\.ts$/.exec(file)?.[1] ?? [])
    assert.deepStrictEqual([...listed, ...apart].sort(), there.sort())
    for (const name of apart) assert.include(index, `\`${name}\``)
  })
})
