/**
 * Runs the program as a Node process, and ends the process with the exit code. No other file of the program runs an
 * effect.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Network from "../Network.ts"
import type * as Tls from "../Tls.ts"
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
 * Runs the program with the arguments of the process. It does not use `NodeRuntime.runMain`, for two reasons. At a
 * signal, `runMain` interrupts the whole program and does not tell which signal it was. Also, `runMain` reports
 * failures that the program has already reported.
 */
export const run = (services: Layer.Layer<Network.Network | Tls.Tls>): void => {
  // Node exits when no timer and no I/O is pending, even if a fiber still waits. This timer keeps the process alive
  // until the program ends.
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1)
  const main = Effect.provide(program(process.argv.slice(2)), Layer.merge(platform, services))
  Effect.runCallback(main, {
    onExit: exit => {
      clearInterval(keepAlive)
      // If the exit code is 0, Node exits by itself when all resources are released. A resource that was not released
      // keeps the process alive, so the mistake is noticed. A pending name lookup cannot be canceled, so it also keeps
      // the process alive.
      const code = Exit.isSuccess(exit) ? exit.value : bug
      if (code !== 0) {
        signal.leave(code)
      }
    }
  })
}
