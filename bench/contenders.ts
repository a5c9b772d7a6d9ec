/** The contenders: the process of each, and why it may be missing. */
import * as fs from "node:fs"
import * as path from "node:path"
import type { Built } from "./build.ts"

export interface Contender {
  readonly name: string
  readonly title: string
  readonly command: string
  readonly words: ReadonlyArray<string>
  /** Why the contender cannot be measured here. Undefined if it can. */
  readonly missing?: string | undefined
}

export const titles: Readonly<Record<string, string>> = {
  ours: "effect-sockets",
  before: "effect-sockets, at --before",
  data: "node:net, `data`",
  onread: "node:net, `onread`",
  readline: "node:readline",
  tls: "node:tls",
  platform3: "@effect/platform 3",
  effect4: "Effect 4",
  python: "Python, blocking",
  asyncio: "Python, asyncio streams",
  c: "C (upper bound)"
}

const here = import.meta.dirname

export const contenders = (built: Built): ReadonlyArray<Contender> => {
  const make = (name: string, command: string, words: ReadonlyArray<string>, missing?: string): Contender => ({
    name,
    title: titles[name] ?? name,
    command,
    words,
    missing
  })
  const node = (name: string, file: string, missing?: string) =>
    make(name, process.execPath, ["--expose-gc", "--no-warnings", file], missing)
  const compiled = (name: string) => node(name, path.join(built.folder, "bench", "contenders", `${name}.js`))
  const python = (name: string, file: string) =>
    make(name, "python3", [path.join(here, "contenders", file)], built.hasPython ? undefined : "python3 was not found")
  return [
    compiled("ours"),
    ...(built.before === undefined ? [] : [node("before", path.join(built.before, "bench", "contenders", "ours.js"))]),
    compiled("data"),
    compiled("onread"),
    compiled("readline"),
    compiled("tls"),
    compiled("platform3"),
    node("effect4", path.join(here, "effect4", "contender.mjs"), built.withoutEffect4),
    python("python", "python.py"),
    python("asyncio", "streams.py"),
    make("c", path.join(built.folder, "limit"), [], built.withoutC)
  ].filter(({ command, words }) => words.every(word => !word.endsWith(".js") || fs.existsSync(word)) && command !== "")
}
