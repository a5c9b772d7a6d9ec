/** Node's permission model: what a process does that may not use the network. Emulated, because Node 20 lacks it. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Network from "../../../src/Network.ts"
import * as NodeNetwork from "../../../src/NodeNetwork.ts"

const node = Effect.provide(NodeNetwork.layer)

/** Sets a property until the Scope closes. */
const replaced = (target: object, name: string, value: unknown) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.getOwnPropertyDescriptor(target, name)
      Object.defineProperty(target, name, { value, configurable: true })
      return before
    }),
    before =>
      Effect.sync(() => {
        Reflect.deleteProperty(target, name)
        if (before !== undefined) Object.defineProperty(target, name, before)
      })
  )

/** Emulates Node with `--permission`, which has the permission `net` only if `allowed` is true. */
const permission = (flags: ReadonlyArray<string>, allowed: boolean) =>
  Effect.all([
    replaced(process, "permission", { has: (scope: string) => scope !== "net" || allowed }),
    replaced(process, "allowedNodeEnvironmentFlags", new Set(flags))
  ])

describe("a process that Node's permission model keeps from the network", () => {
  it.scopedLive("cannot listen on an address, a Unix path or a descriptor, and gets PermissionDenied", () =>
    Effect.gen(function* () {
      const unix = path.join(os.tmpdir(), `permission-${process.pid}.sock`)
      yield* permission(["--allow-net"], false)
      const listens = [
        Network.listen("127.0.0.1:80"),
        Network.listen("[::1]:0"),
        Network.listen(`unix:${unix}`),
        Network.listen(`unix:${unix}`, { mode: 0o600, removeStale: true }),
        Network.listenFd(0)
      ]
      for (const listen of listens) {
        const error = yield* Effect.flip(listen)
        assert.deepInclude(error, { _tag: "ListenError", reason: "PermissionDenied", code: "ERR_ACCESS_DENIED" })
        assert.match(
          error.message,
          /: permission denied \(ERR_ACCESS_DENIED\); Node's permission model forbids it, see --allow-net$/
        )
      }
      assert.isFalse(fs.existsSync(unix))
    }).pipe(node)
  )

  it.scopedLive("may listen with --allow-net, and in a version of Node that has no such option", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(Effect.zipRight(permission(["--allow-net"], true), Network.listen("127.0.0.1:0")))
      yield* Effect.scoped(Effect.zipRight(permission([], false), Network.listen("127.0.0.1:0")))
    }).pipe(node)
  )
})
