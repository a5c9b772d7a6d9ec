#!/usr/bin/env node
/**
 * The command-line program. It runs the lesson or one of the commands of `cli`, on the network of Node.
 */
import { run } from "./cli/run.ts"
import * as NodeNetwork from "./NodeNetwork.ts"

run(NodeNetwork.layer)
