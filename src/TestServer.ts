/**
 * Ready-made servers as layers, to test a client against: over whatever `Network` they are given, on a free loopback
 * port unless told otherwise. They are no servers for production: they keep no limits.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { serve } from "./internal/serve.ts"
import * as Network from "./Network.ts"
import type * as Socket from "./Socket.ts"
import * as SocketAddress from "./SocketAddress.ts"
import type * as SocketError from "./SocketError.ts"

/**
 * The server that is running, and where.
 *
 * @since 0.1.0
 * @category tags
 */
export class TestServer extends Context.Tag("effect-sockets/TestServer")<
  TestServer,
  { readonly address: SocketAddress.Inet | SocketAddress.Unix }
>() {}

/**
 * @since 0.1.0
 * @category options
 */
export interface Options extends Network.ListenOptions {
  /** Where to listen: a free port of 127.0.0.1 by default. */
  readonly address?: SocketAddress.Inet | SocketAddress.Unix | undefined
}

/** It listens before the layer is built, and is gone when the layer's scope has closed. */
const layer = (
  handler: (socket: Socket.Socket) => Effect.Effect<void, SocketError.RecvError | SocketError.SendError>,
  options: Options | undefined
): Layer.Layer<TestServer, SocketError.ListenError, Network.Network> =>
  Layer.scoped(
    TestServer,
    Effect.gen(function* () {
      const listener = yield* Network.listen(options?.address ?? SocketAddress.unsafeInet("127.0.0.1", 0), options)
      yield* Effect.forkScoped(Effect.tapErrorCause(serve(listener, handler), Effect.logError))
      return { address: listener.address }
    })
  )

/**
 * Sends `message` to every client and closes: the server of the lesson.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerGreeting = (
  message: string,
  options?: Options
): Layer.Layer<TestServer, SocketError.ListenError, Network.Network> => {
  const bytes = new TextEncoder().encode(message)
  return layer(socket => socket.sendAll(bytes), options)
}

/**
 * Sends back what it receives, until the client ends; then it ends too.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEcho = (options?: Options): Layer.Layer<TestServer, SocketError.ListenError, Network.Network> =>
  layer(echo, options)

const echo = (socket: Socket.Socket): Effect.Effect<void, SocketError.RecvError | SocketError.SendError> =>
  Effect.flatMap(
    socket.recv(65536),
    Option.match({
      onNone: () => Effect.void,
      onSome: bytes => Effect.zipRight(socket.sendAll(bytes), echo(socket))
    })
  )
