#!/usr/bin/env node
/**
 * The command-line program, on the network and the TLS of Node. It runs one of the commands of `cli`. Without a command,
 * it runs the lesson: a server and a client in one process.
 */
import * as Layer from "effect/Layer"
import { run } from "./cli/run.ts"
import * as NodeNetwork from "./NodeNetwork.ts"
import * as NodeTls from "./NodeTls.ts"

run(Layer.merge(NodeNetwork.layer, NodeTls.layer))
