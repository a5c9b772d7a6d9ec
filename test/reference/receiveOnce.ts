import * as Effect from "effect/Effect"
import { Client, SocketError } from "effect-sockets"

export const program = Client.receiveOnce("server:8080", { timeout: "2 seconds" }).pipe(
  Effect.retry({ times: 5, while: SocketError.isRetryable })
)
