/**
 * The driver of a host in a simulated world. It answers with the codes that a real one has, so that its errors read the
 * same.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ResolveError } from "../../SocketError.ts"
import type { Driver } from "../driver.ts"
import { resolveReason } from "../reasons.ts"
import { isLoopback } from "./addresses.ts"
import { dial } from "./dial.ts"
import type { Host } from "./host.ts"
import { listen } from "./listen.ts"
import type { World } from "./world.ts"

const found = <A>(asked: string, answer: A | undefined): Effect.Effect<A, ResolveError> => {
  const code = "ENOTFOUND"
  return answer === undefined
    ? Effect.fail(new ResolveError({ reason: resolveReason(code), host: asked, code }))
    : Effect.succeed(answer)
}

/** The name of an address, on any host. */
const nameOf = (world: World, address: string): string | undefined =>
  isLoopback(address) ? "localhost" : world.all.find(host => host.addresses.includes(address))?.name

export const driverOf = (world: World, host: Host): Driver => ({
  hostname: Effect.succeed(host.name),
  resolve: name => found(name, world.resolve(name)),
  reverse: address => found(address, nameOf(world, address)),
  descriptors: Effect.sync(() => Option.some(host.usage)),
  dial: dial(world, host),
  listen: listen(world, host)
})
