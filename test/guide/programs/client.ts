import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Network } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"

const client = Network.withConnection("localhost:8080", socket =>
  Effect.gen(function* () {
    yield* socket.sendText("hello\n")
    const line = yield* socket.recvLine() // None at the end of the stream
    yield* Console.log(Option.getOrElse(line, () => "the server closed the connection"))
  })
)

// client: Effect<void, AddressError | ResolveError | ConnectError | SendError | RecvError | ..., Network>
Effect.runPromise(Effect.provide(client, NodeNetwork.layer))
