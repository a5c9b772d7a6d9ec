/**
 * The program as a process of Node: the one place that runs an effect, and ends the process with its exit code.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Network from "../Network.ts"
import { bug } from "./kit/exitCode.ts"
import * as input from "./kit/input.ts"
import * as output from "./kit/output.ts"
import * as signal from "./kit/signal.ts"
import { program } from "./program.ts"

const platform = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer,
  input.layer,
  output.layer,
  signal.layer
)

/**
 * Not `NodeRuntime.runMain`: that interrupts the whole program at a signal, without telling which, and reports what
 * has been reported.
 */
export const run = (network: Layer.Layer<Network.Network>): void => {
  // A program that waits for nothing but a fiber must not end as if it were done.
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1)
  const main = Effect.provide(program(process.argv.slice(2)), Layer.merge(platform, network))
  Effect.runCallback(main, {
    onExit: exit => {
      clearInterval(keepAlive)
      // A success ends by itself, so that anything left behind shows. A lookup that was left cannot be cancelled: for
      // that Node waits either way, until the system gives up.
      const code = Exit.isSuccess(exit) ? exit.value : bug
      if (code !== 0) {
        signal.leave(code)
      }
    }
  })
}
