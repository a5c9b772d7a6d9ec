import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.resolve(import.meta.dirname, "..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")
const readme = read("README.md")

const sources = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".ts"))
    .map(file => path.posix.join(folder, file))

describe("the README", () => {
  it("opens with the two commands of a newcomer", () => {
    const [, , fence, first, second, end] = readme.split("\n")
    assert.deepStrictEqual(
      [fence, first, second, end],
      ["```sh", "npm ci && npx tsx src/main.ts", "npm ci && npm test", "```"]
    )
  })

  it("says to install what it is tested with", () => {
    const { devDependencies } = JSON.parse(read("package.json"))
    const [, install = ""] = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? "")
    const told = [...install.matchAll(/(\S+)@(\d[\d.]*)/g)]
    assert.strictEqual(told.length, 5)
    for (const [, name = "", version = ""] of told) {
      assert.strictEqual(`${devDependencies[name]}.`.indexOf(`^${version}.`), 0, name)
    }
  })

  it("lists the public modules that there are", () => {
    const table = readme.slice(readme.indexOf("## Modules"), readme.indexOf("## Python's socket"))
    const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(match => match[1])
    const there = fs
      .readdirSync(path.join(root, "src"))
      .filter(file => /^[A-Z]\w+\.ts$/.test(file))
      .map(file => file.slice(0, -3))
    assert.deepStrictEqual(listed, there.sort())
  })

  it("shows how a transport is tested by the lines of a test that runs, and so does the module", () => {
    const asUsed = read("test/conformance/example.test.ts").replace(
      /"\.\.\/\.\.\/src\/(\w+)\.ts"/g,
      '"effect-sockets/$1"'
    )
    assert.include(readme, `\`\`\`ts\n${asUsed}\`\`\`\n`)
    const commented = asUsed.replace(/^/gm, " * ").replace(/ +$/gm, "")
    assert.include(read("src/Conformance.ts"), ` * \`\`\`ts\n${commented} \`\`\`\n`)
  })

  it("shows nothing but code that runs: two programs, and tests", () => {
    const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap(match => match[1] ?? [])
    const tests = [
      "readme/greeted",
      "testServer/example",
      "exampleMessages",
      "server/example",
      "example",
      "conformance/example"
    ]
    const asUsed = tests.map(name =>
      read(`test/${name}.test.ts`)
        .replace(/"(\.\.\/)+src\/index\.ts"/, '"effect-sockets"')
        .replace(/"(?:\.\.\/)+src\/(\w+)\.ts"/g, '"effect-sockets/$1"')
    )
    // The first two are run by test/readme/snippets.test.ts.
    assert.deepStrictEqual(blocks.slice(2), asUsed)
  })

  it("links to files that are there", () => {
    for (const match of readme.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.isTrue(fs.existsSync(path.join(root, match[1] ?? "")), match[1])
    }
  })
})

describe("the page about testing", () => {
  const page = read("docs/TESTING.md")
  const run = ["examples/price", "examples/election", "test/examples"]
    .flatMap(sources)
    .map(file => read(file).replace(/"\.\.\/\.\.\/examples\/\w+\/(\w+)\.ts"/g, '"./$1.ts"'))

  it("shows nothing but lines of examples, and of tests of them, that run", () => {
    const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap(match => match[1] ?? [])
    assert.isAbove(blocks.length, 10)
    const invented = blocks.filter(block => !run.some(text => `\n${text}`.includes(`\n${block}`)))
    assert.deepStrictEqual(invented, [])
  })

  it("shows the whole client, and each test of it in order", () => {
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

  it("links to files that are there", () => {
    for (const match of page.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.isTrue(fs.existsSync(path.join(root, "docs", match[1] ?? "")), match[1])
    }
  })
})

describe("the package", () => {
  it("has what the README and the page about testing link to, but for what is said to be in the repository alone", () => {
    const { files } = JSON.parse(read("package.json"))
    const linked = ["README.md", "docs/TESTING.md"].flatMap(page =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(match =>
        path.posix.join(path.posix.dirname(page), match[1] ?? "")
      )
    )
    const missing = linked.filter(file => !files.some((part: string) => file === part || file.startsWith(`${part}/`)))
    assert.include(readme, "(`test`, `bench` and what `npm run` runs are in the repository, not in the package.)")
    assert.deepStrictEqual(
      missing.filter(file => !/^(test|bench)\//.test(file)),
      []
    )
  })
})

describe("the tree", () => {
  it("has a header that says what the concept is in every module of src", () => {
    const without = sources("src").filter(file => !/^(#!.*\n)?\/\*\*\n \* \S/.test(read(file)))
    assert.deepStrictEqual(without, [])
  })

  it("has a contract, @since and @category on every public export", () => {
    const bare = sources("src")
      .filter(file => /^src\/[A-Z]\w+\.ts$/.test(file))
      .flatMap(file =>
        [...read(file).matchAll(/^(?!import)(.*\n)export (?:const|class|interface|type) (\w+)/gm)]
          .filter(match => match[1] !== " */\n")
          .map(match => `${file}: ${match[2]}`)
      )
    assert.deepStrictEqual(bare, [])
  })

  it("has no example in the reference that is not run", () => {
    const examples = sources("src").flatMap(file =>
      [...read(file).matchAll(/@example\n \* ```ts\n([\s\S]*?) \* ```\n/g)].map(([, code = ""]) =>
        code.replace(/^ \* ?/gm, "")
      )
    )
    const run = sources("test/reference").filter(file => !file.endsWith(".test.ts"))
    assert.deepStrictEqual(examples.sort(), run.map(read).sort())
  })

  it("the index has a line for each public module but those that it says have a path of their own", () => {
    const index = read("src/index.ts")
    const listed = [...index.matchAll(/export \* as (\w+) from "\.\/(\w+)\.ts"/g)].map(match => match[1])
    const apart = ["Conformance", "Fault", "Latency", "NodeNetwork", "SimulatedNetwork", "SocketSchema", "TestServer"]
    const there = sources("src").flatMap(file => /^src\/([A-Z]\w+)\.ts$/.exec(file)?.[1] ?? [])
    assert.deepStrictEqual([...listed, ...apart].sort(), there.sort())
    for (const name of apart) assert.include(index, `\`${name}\``)
  })
})
