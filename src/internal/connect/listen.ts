/**
 * Listening on an address or on an inherited descriptor.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Listener from "../../Listener.ts"
import * as SocketAddress from "../../SocketAddress.ts"
import { ListenError, type ResolveError } from "../../SocketError.ts"
import { checked, descriptor } from "../option/index.ts"
import type { Driver } from "./driver.ts"
import { addressOf } from "./names.ts"
import { checkListen, type ListenOptions, listenOptions } from "./options.ts"

const listenerOf = (acceptor: Listener.Acceptor, options: ListenOptions | undefined): Listener.Listener =>
  Listener.make(acceptor, { onFailure: options?.onFailure, timeouts: options?.timeouts })

export const listen = (
  driver: Driver,
  address: SocketAddress.SocketAddress,
  options: ListenOptions | undefined
): Effect.Effect<Listener.Listener, ListenError | ResolveError, Scope.Scope> =>
  checked(
    () => checkListen(options),
    () =>
      Effect.flatMap(addressOf(driver, address, options?.family), bound =>
        Effect.map(driver.listen(bound, listenOptions(options)), acceptor => listenerOf(acceptor, options))
      )
  )

export const listenFd = (
  { listenFd }: Driver,
  fd: number,
  options: ListenOptions | undefined
): Effect.Effect<Listener.Listener, ListenError, Scope.Scope> =>
  checked(
    () => {
      descriptor("fd", fd)
      checkListen(options)
    },
    () =>
      listenFd === undefined
        ? Effect.fail(new ListenError({ reason: "Unsupported", address: SocketAddress.unixUnnamed, fd }))
        : Effect.map(listenFd(fd, listenOptions(options)), acceptor => listenerOf(acceptor, options))
  )
