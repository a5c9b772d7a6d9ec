/**
 * Runs the whole program inside a test. Its output is kept, and the streams and signals of the process are not used.
 */
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
import * as NodeTls from "../../src/NodeTls.ts"
import type { Ended } from "./spawn.ts"

/** A stream that keeps what is written to it, as a terminal or as a pipe. A write completes at once. */
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

const platform = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeTerminal.layer, NodeTls.layer)

export interface Options {
  readonly isTTY?: boolean
  /** Default: no signal. */
  readonly signal?: Effect.Effect<signal.Signal>
  /** Default: a stdin that has already ended. */
  readonly stdin?: input.Reader
  /** Whether stdin is a terminal. */
  readonly isTyped?: boolean
  /** Called with all of stderr so far, each time something is written to it. */
  readonly noted?: (stderr: string) => void
}

const ended: input.Reader = { size: Option.none(), read: Effect.succeedNone }

export const runOn = (
  network: Layer.Layer<Network.Network>,
  words: ReadonlyArray<string>,
  { isTTY = false, isTyped = false, noted, signal: next = Effect.never, stdin = ended }: Options = {}
): Effect.Effect<Ended> => {
  const stdout = kept(isTTY)
  const stderr = kept(isTTY, noted)
  return program(words).pipe(
    Effect.map(code => ({ code, stdout: stdout.text(), stderr: stderr.text() })),
    Effect.provideService(input.Input, { isTerminal: isTyped, open: Effect.succeed(stdin) }),
    Effect.provideService(output.Output, output.make(stdout.stream, stderr.stream)),
    Effect.provideService(signal.Signals, { next, nextThen130: next }),
    Effect.provide(Layer.merge(platform, network))
  )
}
