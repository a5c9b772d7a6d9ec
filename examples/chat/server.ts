/**
 * A chat server. It sends each line to all members, also to the sender. Each member has a queue of 64 lines. A member that
 * is too slow fills its queue and is disconnected. So no member waits for another, and the queues do not grow.
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { type Listener, Network, Server, type Socket } from "effect-sockets"

export class TooSlow extends Data.TaggedError("TooSlow") {}

type Say = (line: string) => Effect.Effect<void>

/** Sends a line to all current members. */
const sayTo =
  (room: ReadonlySet<Say>): Say =>
  line =>
    Effect.forEach(room, say => say(line), { discard: true })

const member = (room: Set<Say>) => (socket: Socket.Socket) =>
  Effect.gen(function* () {
    const lines = yield* Queue.dropping<string>(64)
    const cut = yield* Deferred.make<never, TooSlow>()
    const hear: Say = line =>
      Effect.flatMap(Queue.offer(lines, line), taken => (taken ? Effect.void : Deferred.fail(cut, new TooSlow())))
    yield* Effect.acquireRelease(
      Effect.sync(() => room.add(hear)),
      () => Effect.sync(() => room.delete(hear))
    )
    const sending = Effect.forever(
      Effect.flatMap(Queue.takeBetween(lines, 1, 64), some => socket.sendText(`${[...some].join("\n")}\n`))
    )
    const receiving = Stream.runForEach(socket.lines({ limit: 1024 }), sayTo(room))
    yield* Effect.raceFirst(Effect.raceFirst(sending, receiving), Deferred.await(cut))
  })

/** Sends an empty line every 10 seconds. Without it, neither side would notice that the other host has crashed. */
const heartbeat = (room: ReadonlySet<Say>) => Effect.forever(Effect.delay(sayTo(room)(""), "10 seconds"))

export const serve = (listener: Listener.Listener) =>
  Effect.suspend(() => {
    const room = new Set<Say>()
    return Effect.raceFirst(Server.serve(listener, member(room), { maxConnections: 1000 }), heartbeat(room))
  })

export const program = (address: Network.Target) => Effect.flatMap(Network.listen(address), serve)
