/** Answers the calls of each connection, several at a time, each as soon as its method completes. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Framing, type Listener, Network, Server, type Socket } from "effect-sockets"
import { type Answer, answers, questions } from "./messages.ts"

/** The error text is sent to the caller. */
export type Method = (argument: unknown) => Effect.Effect<unknown, string>

export type Methods = ReadonlyMap<string, Method>

/** Works on at most 16 calls of a connection at a time. Meanwhile the server stops reading, so further calls wait. */
const answering = (methods: Methods) => (socket: Socket.Socket) =>
  Framing.stream(socket, questions).pipe(
    Stream.mapEffect(
      ({ argument, id, method }) =>
        Effect.match((methods.get(method) ?? unknown(method))(argument), {
          onFailure: (failed): Answer => ({ id, failed }),
          onSuccess: (value): Answer => ({ id, value })
        }),
      { concurrency: 16, unordered: true }
    ),
    Stream.run(Framing.sink(socket, answers))
  )

const unknown = (method: string) => () => Effect.fail(`unknown method ${method}`)

export const serve = (listener: Listener.Listener, methods: Methods) =>
  Server.serve(listener, answering(methods), { maxConnections: 1000 })

export const program = (address: Network.Target, methods: Methods) =>
  Effect.flatMap(Network.listen(address), listener => serve(listener, methods))
