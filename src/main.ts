#!/usr/bin/env node
/**
 * The start of the command-line program `effect-sockets`. It connects and listens with the sockets of Node.
 */
import { run } from "./cli/run.ts"
import * as NodeNetwork from "./NodeNetwork.ts"

run(NodeNetwork.layer)
