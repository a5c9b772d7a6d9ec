/**
 * A fiber may yield between any two steps, and other events run before it continues. Here it yields for a turn of the
 * event loop at each step in turn.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scheduler from "effect/Scheduler"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"
import * as SocketAddress from "../../../src/SocketAddress.ts"
import * as peer from "./peer.ts"

/**
 * A scheduler that yields at the step with the number `at`. Then no fiber continues until the event loop has polled a few
 * times.
 */
class Yielding implements Scheduler.Scheduler {
  private steps = 0
  private isDue = false
  private held: Array<() => void> | undefined
  private readonly at: number

  constructor(at: number) {
    this.at = at
  }

  get hasYielded(): boolean {
    return this.steps > this.at
  }

  shouldYield(fiber: Parameters<Scheduler.Scheduler["shouldYield"]>[0]): number | false {
    this.steps += 1
    if (this.steps - 1 !== this.at) return Scheduler.defaultScheduler.shouldYield(fiber)
    this.isDue = true
    return 0
  }

  scheduleTask(task: () => void, priority: number): void {
    if (this.isDue) {
      this.isDue = false
      this.held = []
      this.release(10)
    }
    if (this.held === undefined) Scheduler.defaultScheduler.scheduleTask(task, priority)
    else this.held.push(task)
  }

  private release(turns: number): void {
    if (turns > 0) {
      setImmediate(() => this.release(turns - 1))
    } else {
      const held = this.held ?? []
      this.held = undefined
      for (const task of held) task()
    }
  }
}

/** Runs the effect once for each of its steps. */
const atEachStep = <A, E>(effect: Effect.Effect<A, E>, check: (exit: Exit.Exit<A, E>) => void) =>
  Effect.gen(function* () {
    for (let at = 0; at < 1000; at++) {
      const scheduler = new Yielding(at)
      check(yield* Effect.promise(() => Effect.runPromiseExit(Effect.withScheduler(effect, scheduler))))
      if (!scheduler.hasYielded) return
    }
    assert.fail("the effect has more than 1,000 steps")
  })

const descriptors = () => fs.readdirSync("/proc/self/fd").length

describe("a fiber that yields at any step", () => {
  for (const [title, address, reason] of [
    ["is refused", SocketAddress.unsafeInet("127.0.0.1", 1), "Refused"],
    ["fails at once", SocketAddress.unsafeInet("255.255.255.255", 1), "NetworkUnreachable"],
    ["finds no Unix path", SocketAddress.unsafeUnix("/nowhere/x.sock"), "NotFound"]
  ] as const) {
    it.scopedLive(`gets the typed error of a connect that ${title}`, () =>
      atEachStep(
        Network.withConnection(address, () => Effect.void, { timeout: "20 seconds" }).pipe(
          Effect.flip,
          Effect.provide(NodeNetwork.layer)
        ),
        exit => {
          assert.isTrue(Exit.isSuccess(exit))
          if (Exit.isSuccess(exit)) assert.deepInclude(exit.value, { _tag: "ConnectError", reason })
        }
      )
    )
  }

  it.scopedLive("connects, and gets the bytes of the peer", () =>
    Effect.gen(function* () {
      const listener = yield* Network.listen("127.0.0.1:0")
      const greeting = Effect.scoped(Effect.flatMap(listener.accept, socket => socket.sendText("hi\n")))
      yield* Effect.forkScoped(Effect.forever(Effect.ignore(greeting)))
      yield* atEachStep(
        Network.withConnection(listener.address, socket => socket.recvExactly(3), { timeout: "20 seconds" }).pipe(
          Effect.provide(NodeNetwork.layer)
        ),
        exit => assert.isTrue(Exit.isSuccess(exit), String(exit))
      )
    }).pipe(Effect.provide(NodeNetwork.layer))
  )

  it.scopedLive("accepts a client that connects while the listener is being made, and leaves no descriptor", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "yields-"))),
        folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
      )
      const before = descriptors()
      const address = SocketAddress.unsafeUnix(path.join(folder, "x.sock"))
      const eager: Effect.Effect<void> = Effect.retry(
        Network.withConnection(address, socket => socket.recvExactly(2)),
        { while: error => error._tag === "ConnectError" }
      ).pipe(Effect.orDie, Effect.asVoid, Effect.provide(NodeNetwork.layer))
      yield* atEachStep(
        Effect.scoped(
          Effect.gen(function* () {
            const client = yield* Effect.sync(() => Effect.runFork(eager))
            const listener = yield* Network.listen(address)
            yield* Effect.scoped(Effect.flatMap(listener.accept, socket => socket.sendText("hi")))
            yield* client.await
          })
        ).pipe(Effect.provide(NodeNetwork.layer)),
        exit => assert.isTrue(Exit.isSuccess(exit), String(exit))
      )
      yield* peer.until("the descriptors are back", () => descriptors() === before)
    }).pipe(Effect.provide(NodeNetwork.layer))
  )
})
