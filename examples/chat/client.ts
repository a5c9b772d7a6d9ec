/** A chat client. It reconnects whenever the connection is lost. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { Network } from "effect-sockets"

class ServerLeft extends Data.TaggedError("ServerLeft") {}

/**
 * Retries after 100 ms, then after twice as long each time, up to 5 s. The delays vary, so that clients do not all retry at
 * once. They start over after a minute without a failure.
 */
const again = Schedule.exponential("100 millis").pipe(
  Schedule.union(Schedule.spaced("5 seconds")),
  Schedule.jittered,
  Schedule.resetAfter("1 minute")
)

/**
 * Sends the lines of the queue and shows the lines that it receives. A line sent just before the connection is lost may be
 * lost too: a completed send means that the system has the bytes, not that the peer has them.
 */
export const program = (
  server: Network.Target,
  mine: Queue.Dequeue<string>,
  show: (line: string) => Effect.Effect<void>
) =>
  Network.withConnection(
    server,
    socket => {
      const saying = Effect.forever(Effect.flatMap(Queue.take(mine), line => socket.sendText(`${line}\n`)))
      const hearing = Stream.runForEach(socket.lines(), line => (line === "" ? Effect.void : show(line)))
      return Effect.zipRight(Effect.raceFirst(saying, hearing), new ServerLeft())
    },
    // The server sends a line every 10 seconds. After 30 seconds without one, the connection counts as lost.
    { timeout: "5 seconds", timeouts: { recvTimeout: "30 seconds" } }
  ).pipe(
    Effect.tapError(Effect.logDebug),
    Effect.retry({ schedule: again, while: error => error._tag !== "AddressError" })
  )
