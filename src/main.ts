#!/usr/bin/env node
/**
 * The start of the command-line program `effect-sockets`. It connects and listens with the sockets and the TLS of Node.
 */
import * as Layer from "effect/Layer"
import { run } from "./cli/run.ts"
import * as NodeNetwork from "./NodeNetwork.ts"
import * as NodeTls from "./NodeTls.ts"

run(Layer.merge(NodeNetwork.layer, NodeTls.layer))
