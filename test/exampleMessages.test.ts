import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Framing, Network } from "../src/index.ts"
import * as SimulatedNetwork from "../src/SimulatedNetwork.ts"
import * as SocketSchema from "../src/SocketSchema.ts"

// One JSON document per line. A schema checks each message before it is sent and after it is received.
const questions = SocketSchema.framing(
  Framing.ndjson({ limit: 1024 }),
  Schema.Struct({ add: Schema.Array(Schema.Number) })
)
const answers = SocketSchema.framing(Framing.ndjson(), Schema.Struct({ sum: Schema.Number }))

it.live("adds", () =>
  SimulatedNetwork.run(
    Effect.gen(function* () {
      const [client, server] = yield* Network.pair
      const serving = Stream.runForEach(Framing.stream(server, questions), ({ add }) =>
        Framing.send(server, answers, { sum: add.reduce((a, b) => a + b, 0) })
      )
      yield* Effect.fork(serving)
      yield* Framing.send(client, questions, { add: [1, 2, 3] })
      assert.deepStrictEqual(yield* Framing.recv(client, answers), Option.some({ sum: 6 }))
    })
  )
)
