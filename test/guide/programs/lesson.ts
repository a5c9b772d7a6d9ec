import * as Effect from "effect/Effect"
import { Network } from "effect-sockets"
import * as NodeNetwork from "effect-sockets/NodeNetwork"

const lesson = Effect.scoped(
  Effect.gen(function* () {
    const host = yield* Network.hostname
    const soc = yield* Network.connect({ host, port: 808 })
    const msg = yield* soc.recvText(1024, "ascii")
    yield* soc.close
    return msg
  })
)

// Effect<Option<string>, AddressError | ResolveError | ConnectError | RecvError | DecodeError>
const program = Effect.provide(lesson, NodeNetwork.layer)

Effect.runPromise(program)
