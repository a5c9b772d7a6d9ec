/**
 * The driver of a host in a simulated world. It answers with the codes that a real one has, so that its errors read the
 * same.
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

/** The name of an address, on any host. */
const nameOf = (world: World, address: string): string | undefined =>
  isLoopback(address) ? "localhost" : world.all.find(host => host.addresses.includes(address))?.name

/**
 * The driver as everybody has it who asks for the host; or as what runs on it has it, until the host has crashed more
 * often than `crashes` times.
 */
export const driverOf = (world: World, host: Host, crashes?: number): Driver => {
  const isDown = () => world.links.down.has(host.name) || (crashes !== undefined && crashes !== host.crashes)
  /** Why an operation does not get as far as to be tried. */
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
