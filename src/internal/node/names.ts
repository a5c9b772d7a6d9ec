/**
 * Names to addresses, as the system does it (`getaddrinfo`: the hosts file, then DNS).
 *
 * @internal
 */
import * as dns from "node:dns"
import * as os from "node:os"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Network from "../../Network.ts"
import { ResolveError } from "../../SocketError.ts"
import { resolveReason } from "../reasons.ts"
import { codeOf } from "./errno.ts"

export const hostname: Network.Driver["hostname"] = Effect.sync(() => os.hostname())

/** A lookup cannot be cancelled: interrupted, its answer is thrown away when it comes. */
export const resolve: Network.Driver["resolve"] = (host, family) =>
  Effect.async<Arr.NonEmptyReadonlyArray<string>, ResolveError>(resume => {
    dns.lookup(host, { all: true, verbatim: true, family: family ?? 0 }, (cause, found) => {
      if (cause !== null) {
        const code = codeOf(cause)
        resume(Effect.fail(new ResolveError({ reason: resolveReason(code), host, code, cause })))
        return
      }
      const addresses = Arr.dedupe(found.map(one => one.address))
      resume(
        Arr.isNonEmptyReadonlyArray(addresses)
          ? Effect.succeed(addresses)
          : Effect.fail(new ResolveError({ reason: "NoData", host }))
      )
    })
  })
