#!/usr/bin/env node
/**
 * The program: the lesson, or one of the commands of `cli/`, over the network of Node.
 */
import * as NodeNetwork from "./NodeNetwork.ts"

// Loaded late: the optional peer that it needs may be missing, and then that is what a person should read.
import("./cli/run.ts").then(
  ({ run }) => run(NodeNetwork.layer),
  (error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !error.message.includes("@effect/platform-node")) {
      throw error
    }
    process.stderr.write("effect-sockets needs @effect/platform-node: npm install @effect/platform-node@0.108\n")
    process.exitCode = 1
  }
)
