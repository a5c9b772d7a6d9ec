import { NodeRuntime } from "@effect/platform-node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Server } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"

// Answers each line in capitals. Each connection has its own fiber and its own Scope.
const shouting = Server.layer("localhost:8080", socket =>
  Effect.gen(function* () {
    for (let line = yield* socket.recvLine(); Option.isSome(line); line = yield* socket.recvLine()) {
      yield* socket.sendText(`${line.value.toUpperCase()}\n`)
    }
  })
)

NodeRuntime.runMain(Layer.launch(Layer.provide(shouting, NodeNetwork.layer)))
