/** Somebody who chats, and who comes back whenever the connection is lost, however it is lost. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { Network } from "effect-sockets"

class ServerLeft extends Data.TaggedError("ServerLeft") {}

/** After a tenth of a second, then twice as long each time, up to 5 s, and not all clients at once. */
const again = Schedule.exponential("100 millis").pipe(
  Schedule.union(Schedule.spaced("5 seconds")),
  Schedule.jittered,
  Schedule.resetAfter("1 minute")
)

/**
 * Says what comes from the queue, and shows what is said. A line that was sent just before the connection was lost may be
 * lost too: that the system took it does not mean that anybody has it.
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
    // The server says something every 10 seconds: who hears nothing for 30 has lost it.
    { timeout: "5 seconds", timeouts: { recvTimeout: "30 seconds" } }
  ).pipe(
    Effect.tapError(Effect.logDebug),
    Effect.retry({ schedule: again, while: error => error._tag !== "AddressError" })
  )
