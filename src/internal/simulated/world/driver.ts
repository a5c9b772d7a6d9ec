/**
 * The driver of a host in a simulated world: it resolves names, connects and listens. It fails with the error codes of
 * a real network, so users get the same errors.
 *
 * @internal
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as SocketAddress from "../../../SocketAddress.ts"
import { ResolveError } from "../../../SocketError.ts"
import { trustedInet } from "../../address/index.ts"
import type { Driver } from "../../connect/index.ts"
import { resolveReason } from "../../error/index.ts"
import { type Host, isLoopback } from "../kernel/index.ts"
import type { Operation } from "../link/index.ts"
import { dial, dialFailed } from "./dial.ts"
import { listen, listenFailed } from "./listen.ts"
import type { World } from "./world.ts"

const notFound = (asked: string, code: string): Effect.Effect<never, ResolveError> =>
  Effect.fail(new ResolveError({ reason: resolveReason(code), host: asked, code }))

const found = <A>(asked: string, answer: A | undefined): Effect.Effect<A, ResolveError> =>
  answer === undefined ? notFound(asked, "ENOTFOUND") : Effect.succeed(answer)

/** Returns the name of the host that has an address, or undefined if there is none. */
const nameOf = (world: World, address: string): string | undefined =>
  isLoopback(address) ? "localhost" : world.all.find(host => host.addresses.includes(address))?.name

/**
 * Makes a driver for a host. Its `resolve`, `dial` and `listen` fail while the host is down. If `crashes` is given, the
 * driver belongs to one run of a program on the host. Then `crashes` is the number of crashes of the host so far. After
 * the next crash, these three always fail.
 */
export const driverOf = (world: World, host: Host, crashes?: number): Driver => {
  const isDown = () => world.links.down.has(host.name) || (crashes !== undefined && crashes !== host.crashes)
  /**
   * If the host is down, or a fault makes the operation fail, returns the code of the error. Otherwise returns
   * undefined.
   */
  const hindered = (operation: Operation, whenDown: string): string | undefined =>
    isDown() ? whenDown : world.failures.take(host.name, operation)
  const driverDial = dial(world, host)
  const driverListen = listen(world, host)
  const resolved = ({ host: name, port }: SocketAddress.HostPort) =>
    Effect.suspend(() => {
      const code = hindered("resolve", "EAI_AGAIN")
      return code === undefined
        ? Effect.map(
            found(name, world.resolve(name)),
            Arr.map(address => trustedInet(address, port))
          )
        : notFound(name, code)
    })
  return {
    hostname: Effect.succeed(host.name),
    resolve: target =>
      Effect.suspend(() => {
        const delay = world.delayOfNames(host, target.host)
        return delay === undefined ? resolved(target) : Effect.zipRight(Effect.sleep(delay), resolved(target))
      }),
    reverse: address => found(address, nameOf(world, address)),
    descriptors: Effect.sync(() => Option.some(host.usage)),
    dial: (address, options, own) =>
      Effect.suspend(() => {
        const code = hindered("connect", "ENETDOWN")
        return code === undefined
          ? driverDial(address, options, own)
          : Effect.flatMap(Clock.currentTimeMillis, now => dialFailed(address, code, now))
      }),
    listen: (address, options) =>
      Effect.suspend(() => {
        const code = hindered("listen", "EADDRNOTAVAIL")
        return code === undefined ? driverListen(address, options) : listenFailed(address, code)
      })
  }
}
