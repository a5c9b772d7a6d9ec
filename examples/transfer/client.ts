/** Gets a file. Whenever the connection is lost it goes on where it was, and in the end it looks whether all is right. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Framing, Network } from "effect-sockets"
import { Files } from "./files.ts"
import { next, offers, pieces, requests } from "./messages.ts"

/** The file is whole, and is another than what was offered. It has been removed. */
export class Corrupt extends Data.TaggedError("Corrupt")<{ readonly name: string }> {}

/** There is no such file, or it is empty. */
export class NoFile extends Data.TaggedError("NoFile")<{ readonly name: string }> {}

export type Progress = (have: number, size: number) => Effect.Effect<void>

/** From where it is to the end, over one connection. */
const some = (server: Network.Target, name: string, onProgress: Progress) =>
  Network.withConnection(
    server,
    socket =>
      Effect.gen(function* () {
        const files = yield* Files
        let have = yield* files.size(name)
        yield* Framing.send(socket, requests, { name, from: have })
        const { sha256, size } = yield* next(socket, offers)
        if (size === 0) return yield* new NoFile({ name })
        yield* onProgress(have, size)
        while (have < size) {
          const piece = yield* next(socket, pieces)
          yield* files.append(name, piece)
          have += piece.length
          yield* onProgress(have, size)
        }
        if ((yield* files.sha256(name)) === sha256) return size
        yield* files.remove(name)
        return yield* new Corrupt({ name })
      }),
    { timeout: "10 seconds", timeouts: { recvTimeout: "10 seconds" } }
  )

/** After a tenth of a second, then twice as long each time, ten times; anew when a connection has lasted for a while. */
const again = Schedule.exponential("100 millis").pipe(
  Schedule.intersect(Schedule.recurs(10)),
  Schedule.jittered,
  Schedule.resetAfter("10 seconds")
)

const lasting = new Set(["AddressError", "FileError", "FrameError", "NoFile"])

/** How many bytes the file has that is here now, whole and as it was offered. */
export const program = (server: Network.Target, name: string, onProgress: Progress) =>
  Effect.retry(some(server, name, onProgress), { schedule: again, while: error => !lasting.has(error._tag) })
