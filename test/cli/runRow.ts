/** Runs a row of the table of behavior. */
import * as fs from "node:fs"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import { ask, chat, connectAndReset, cut, greetingOf, refusal, target } from "./clients.ts"
import { runOn } from "./inProcess.ts"
import { type Peer, peers } from "./peers.ts"
import type { As, Row, Step } from "./row.ts"
import { type Ended, type Running, start } from "./spawn.ts"

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

const isRoot = process.getuid?.() === 0

/** Starts the program. `command` is the program followed by its words. */
const started = (as: Exclude<As, "call">, command: ReadonlyArray<string>) => {
  switch (as) {
    case "process":
      return start(command[0]!, command.slice(1))
    case "terminal":
      return start("script", ["-qec", command.map(quoted).join(" "), "/dev/null"])
    case "unprivileged":
      return start(command[0]!, command.slice(1), isRoot ? { uid: 65534, gid: 65534 } : {})
    default:
      return start("sh", ["-c", as.sh, "sh", ...command])
  }
}

/** What an earlier step has left for a later one. */
interface Left {
  leave: Effect.Effect<void>
}

const take = (step: Step, running: Running, peer: Peer, left: Left) =>
  Effect.gen(function* () {
    switch (step[0]) {
      case "wrote":
        return yield* running.wrote(step[1], step[2])
      case "connected":
        return yield* peer.connected
      case "go":
        return peer.go()
      case "signal":
        for (const signal of step.slice(1)) {
          yield* running.kill(signal as NodeJS.Signals)
        }
        return
      case "greeted": {
        const [, clients, greeting] = step
        const one = greetingOf(yield* target(running))
        const all = yield* Effect.scoped(Effect.replicateEffect(one, clients, { concurrency: clients }))
        return assert.deepStrictEqual(all, new Array<string>(clients).fill(greeting))
      }
      case "stays":
        return assert.strictEqual(yield* greetingOf(yield* target(running)), step[1])
      case "resets":
        return yield* connectAndReset(yield* target(running))
      case "isReset":
        return assert.strictEqual(yield* cut(yield* target(running)), "ECONNRESET")
      case "asks":
        return assert.strictEqual(yield* ask(yield* target(running), step[1]), step[2])
      case "chats":
        left.leave = (yield* chat(yield* target(running), step[1], step[2])).leave
        return
      case "leaves":
        return yield* left.leave
      case "refuses":
        // The program reports that it drains just before it closes the listener, so the first attempts may connect.
        return yield* Effect.repeat(refusal(yield* target(running)), { until: code => code === "ECONNREFUSED" })
      case "types":
        return yield* running.type(step[1])
      case "stdinEnds":
        return yield* running.endStdin
    }
  })

const run = (row: Row, program: ReadonlyArray<string>, words: ReadonlyArray<string>, peer: Peer) =>
  Effect.gen(function* () {
    const as = row.as ?? "process"
    if (as === "call") {
      return yield* runOn(NodeNetwork.layer, words)
    }
    const running = yield* started(as, [...program, ...words])
    const left: Left = { leave: Effect.void }
    if (row.stdin !== undefined) yield* Effect.zipRight(running.type(row.stdin), running.endStdin)
    for (const step of row.steps ?? []) {
      yield* take(step, running, peer, left)
    }
    const { code, stderr, stdout } = yield* running.ended
    return { code, stderr, stdout: as === "terminal" ? stdout.replaceAll("\r\n", "\n") : stdout }
  })

/**
 * The expected result, with the actual text where a pattern matches. So a failed comparison shows the whole output.
 */
const expected = (row: Row, ended: Ended, filled: (text: string) => string): Ended => {
  const text = (wanted: string | RegExp = "", got: string) =>
    typeof wanted === "string" ? filled(wanted) : wanted.test(got) ? got : String(wanted)
  const codes = [row.code].flat()
  return {
    code: codes.includes(ended.code ?? -1) ? ended.code : codes[0]!,
    stdout: text(row.stdout, ended.stdout),
    stderr: text(row.stderr, ended.stderr)
  }
}

const list = (peer: Peer) => (peer.at["folder"] === undefined ? [] : fs.readdirSync(peer.at["folder"]))

/**
 * Runs a row, and checks the output, the exit code and the folder of the peer. `program` is the command that starts it.
 */
export const runRow = (row: Row, program: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.scoped(
    Effect.gen(function* () {
      const peer: Peer = yield* peers[row.peer ?? "nobody"]
      const before = list(peer)
      const filled = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => peer.at[name] ?? whole)
      const ended = yield* run(row, program, row.words.map(filled), peer)
      assert.deepStrictEqual(ended, expected(row, ended, filled))
      assert.deepStrictEqual(list(peer), row.empties === true ? [] : before)
    })
  )
