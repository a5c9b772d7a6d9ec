/** Downloads a file. If the connection is lost, the download resumes. At the end the checksum is verified. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Framing, Network } from "effect-sockets"
import { Files } from "./files.ts"
import { next, offers, pieces, requests } from "./messages.ts"

/** The downloaded file differs from the offered one. It has been removed. */
export class Corrupt extends Data.TaggedError("Corrupt")<{ readonly name: string }> {}

/** The server does not have the file, or the file is empty. */
export class NoFile extends Data.TaggedError("NoFile")<{ readonly name: string }> {}

export type Progress = (have: number, size: number) => Effect.Effect<void>

/** Downloads the rest of the file over one connection. */
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

/** Retries after about 100 ms, then after twice as long each time, ten times. Starts over after 10 s without a failure. */
const again = Schedule.exponential("100 millis").pipe(
  Schedule.intersect(Schedule.recurs(10)),
  Schedule.jittered,
  Schedule.resetAfter("10 seconds")
)

/** Errors that a retry cannot fix. */
const lasting = new Set(["AddressError", "FileError", "FrameError", "NoFile"])

/** Downloads a file. Returns its size in bytes when it is complete and its checksum is right. */
export const program = (server: Network.Target, name: string, onProgress: Progress) =>
  Effect.retry(some(server, name, onProgress), { schedule: again, while: error => !lasting.has(error._tag) })
