/** The whole program inside a test: what it writes is kept, and nothing of the process is touched. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as input from "../../src/cli/kit/input.ts"
import * as output from "../../src/cli/kit/output.ts"
import * as signal from "../../src/cli/kit/signal.ts"
import { program } from "../../src/cli/program.ts"
import type * as Network from "../../src/Network.ts"
import type { Ended } from "./spawn.ts"

/** Keeps what is written, as a terminal or as a pipe. It takes no time, and so it does not wait for what is real. */
export const kept = (isTTY: boolean, wrote: (all: string) => void = () => {}) => {
  const chunks: Array<Uint8Array> = []
  const target: output.Target = {
    isTTY,
    on: () => {},
    write: (chunk, done) => {
      chunks.push(Buffer.from(chunk))
      done()
      wrote(text())
    }
  }
  const text = () => Buffer.concat(chunks).toString()
  return { stream: target, text }
}

const platform = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeTerminal.layer)

export interface Options {
  readonly isTTY?: boolean
  /** None comes by default. */
  readonly signal?: Effect.Effect<signal.Signal>
  /** Ended from the start by default. */
  readonly stdin?: input.Reader
  /** Is shown all of stderr so far, each time something is written to it. */
  readonly noted?: (stderr: string) => void
}

const ended: input.Reader = { size: Option.none(), read: Effect.succeedNone }

export const runOn = (
  network: Layer.Layer<Network.Network>,
  words: ReadonlyArray<string>,
  { isTTY = false, noted, signal: next = Effect.never, stdin = ended }: Options = {}
): Effect.Effect<Ended> => {
  const stdout = kept(isTTY)
  const stderr = kept(isTTY, noted)
  return program(words).pipe(
    Effect.map(code => ({ code, stdout: stdout.text(), stderr: stderr.text() })),
    Effect.provideService(input.Input, { isTerminal: false, open: Effect.succeed(stdin) }),
    Effect.provideService(output.Output, output.make(stdout.stream, stderr.stream)),
    Effect.provideService(signal.Signals, { next, nextThen130: next }),
    Effect.provide(Layer.merge(platform, network))
  )
}
