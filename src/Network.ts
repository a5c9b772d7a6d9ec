/**
 * The network as a service, and the one seam of the library: everything above is written against it, and a layer
 * (`NodeNetwork.layer`, or a simulated one) decides what it really is.
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type { Target } from "./internal/address/index.ts"
import * as internal from "./internal/connect/index.ts"
import {
  type ConnectOptions,
  type Descriptors,
  type Driver,
  type Interface,
  type ListenOptions,
  type PortName,
  type ResolveOptions,
  reachable,
  type TargetError,
  wellKnown,
  withAddress
} from "./internal/connect/index.ts"
import type * as Listener from "./Listener.ts"
import type * as Socket from "./Socket.ts"
import * as SocketAddress from "./SocketAddress.ts"
import type * as SocketError from "./SocketError.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Target
} from "./internal/address/index.ts"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  BoundOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  ConnectionOptions,
  /**
   * @since 0.1.0
   * @category options
   */
  ConnectOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  Descriptors,
  /**
   * @since 0.1.0
   * @category models
   */
  Driver,
  /**
   * @since 0.1.0
   * @category models
   */
  Interface,
  /**
   * @since 0.1.0
   * @category models
   */
  InterfaceAddress,
  /**
   * @since 0.1.0
   * @category options
   */
  ListenOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  PortName,
  /**
   * @since 0.1.0
   * @category options
   */
  ResolveOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  StreamOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  TargetError
} from "./internal/connect/index.ts"

/**
 * What a network can do. The functions of this module are the same, of the network that there is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The name of this machine. The lesson's `gethostname`. */
  readonly hostname: Effect.Effect<string>
  /** All addresses of a name, best first, as IP literals; a literal is its own. Interrupted, its answer is ignored. */
  readonly resolve: (
    host: string,
    options?: ResolveOptions
  ) => Effect.Effect<Arr.NonEmptyReadonlyArray<string>, SocketError.ResolveError>
  /** All addresses of a name with its port, best first. Interrupted, its answer is ignored. */
  readonly lookup: (
    target: SocketAddress.HostPort,
    options?: ResolveOptions
  ) => Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, SocketError.ResolveError>
  /** Connects to an address, or to the addresses of a name, for as long as the Scope is open. */
  readonly connect: (
    target: SocketAddress.SocketAddress,
    options?: ConnectOptions
  ) => Effect.Effect<Socket.Socket, SocketError.ConnectError | SocketError.ResolveError, Scope.Scope>
  /** Binds and listens until the Scope closes. */
  readonly listen: (
    address: SocketAddress.SocketAddress,
    options?: ListenOptions
  ) => Effect.Effect<Listener.Listener, SocketError.ListenError | SocketError.ResolveError, Scope.Scope>
  /** Listens on a descriptor that was inherited, until the Scope closes. */
  readonly listenFd: (
    fd: number,
    options?: ListenOptions
  ) => Effect.Effect<Listener.Listener, SocketError.ListenError, Scope.Scope>
  /** The name of an IP literal; fails with `NotFound` if it has none. Interrupted, its answer is ignored. */
  readonly reverse: (host: string) => Effect.Effect<string, SocketError.ResolveError>
  /** The names of ports. */
  readonly services: Effect.Effect<ReadonlyArray<PortName>>
  /** The interfaces of this machine. */
  readonly interfaces: Effect.Effect<ReadonlyArray<Interface>>
  /** The descriptors that this process may have open, and has, where the system tells. */
  readonly descriptors: Effect.Effect<Option.Option<Descriptors>>
}

/**
 * The network that a program runs on.
 *
 * @since 0.1.0
 * @category tags
 */
export class Network extends Context.Tag("effect-sockets/Network")<Network, Service>() {}

/**
 * A network on a driver: on each, names are resolved, addresses raced, limits kept and scopes filled the same way.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (driver: Driver): Service => ({
  hostname: driver.hostname,
  resolve: (host, options) => internal.resolve(driver, host, options?.family),
  lookup: (target, options) => internal.lookup(driver, target, options?.family),
  connect: (target, options) => internal.connect(driver, target, options),
  listen: (address, options) => internal.listen(driver, address, options),
  listenFd: (fd, options) => internal.listenFd(driver, fd, options),
  reverse: host => internal.reverse(driver, host),
  services: driver.services ?? Effect.succeed(wellKnown),
  interfaces: driver.interfaces ?? Effect.succeed([]),
  descriptors: driver.descriptors ?? Effect.succeedNone
})

/**
 * The name of this machine.
 *
 * @since 0.1.0
 * @category accessors
 */
export const hostname: Effect.Effect<string, never, Network> = Effect.flatMap(Network, network => network.hostname)

/**
 * All addresses of a name, best first, as IP literals; a literal is its own. Interrupted, it frees its fiber, and the
 * answer is ignored when it comes.
 *
 * @since 0.1.0
 * @category accessors
 */
export const resolve = (
  host: string,
  options?: ResolveOptions
): Effect.Effect<Arr.NonEmptyReadonlyArray<string>, SocketError.ResolveError, Network> =>
  Effect.flatMap(Network, network => network.resolve(host, options))

/**
 * Connects, and acquires the connection for the Scope, which ends it as the scope ends: a close after success or a
 * typed failure, a reset after a defect, an interruption or with a send unfinished (`onFailure` overrides it). The
 * addresses of a name are raced (RFC 8305): its families are looked up together, IPv6 and IPv4 take turns, the next
 * address is tried after 250 ms or as soon as one has failed, and the losers are closed; the error has every attempt.
 * Waits at most `timeout`. Interrupted, nothing is left behind.
 *
 * @since 0.1.0
 * @category accessors
 */
export const connect = <T extends Target>(
  target: T,
  options?: ConnectOptions
): Effect.Effect<Socket.Socket, SocketError.ConnectError | TargetError<T>, Network | Scope.Scope> =>
  withAddress(target, reachable, address => Effect.flatMap(Network, network => network.connect(address, options)))

/**
 * Binds and listens until the Scope closes. Port 0 is given a free port, which `address` shows. A name is bound at its
 * first address. POSIX `bind` and `listen`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const listen = <T extends Target>(
  address: T,
  options?: ListenOptions
): Effect.Effect<Listener.Listener, SocketError.ListenError | TargetError<T>, Network | Scope.Scope> =>
  withAddress(address, SocketAddress.from, address =>
    Effect.flatMap(Network, network => network.listen(address, options))
  )

/**
 * Listens on a descriptor that this process was started with, as systemd's socket activation gives them (the first one
 * is 3), until the Scope closes, which closes the descriptor; a Unix path stays, for it is whoever made it who removes
 * it. Where Linux tells the absolute path of a Unix socket it is the address, else `unix:`. What is no stream socket that
 * can listen fails with `Unsupported` (a connected one may be closed by that), one that is listened on here already with
 * `AddressInUse`. `mode`, `removeStale` and `ipv6Only` mean nothing here.
 *
 * @since 0.1.0
 * @category accessors
 */
export const listenFd = (
  fd: number,
  options?: ListenOptions
): Effect.Effect<Listener.Listener, SocketError.ListenError, Network | Scope.Scope> =>
  Effect.flatMap(Network, network => network.listenFd(fd, options))

/**
 * Connects, runs `use`, and ends the connection as `use` ended.
 *
 * @example
 * ```ts
 * import { Network } from "effect-sockets"
 *
 * // Effect<Option<string>, AddressError | ResolveError | ConnectError | RecvError | DecodeError, Network>
 * export const program = Network.withConnection("server:8080", socket => socket.recvText(1024))
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const withConnection = <T extends Target, A, E, R>(
  target: T,
  use: (socket: Socket.Socket) => Effect.Effect<A, E, R>,
  options?: ConnectOptions
): Effect.Effect<A, E | SocketError.ConnectError | TargetError<T>, Exclude<R, Scope.Scope> | Network> =>
  Effect.scoped(Effect.flatMap(connect(target, options), use))

/**
 * Two sockets that are connected to each other, for a test of one's own: over TCP on the loopback of whatever network
 * this is. The first one connected, the second one was accepted.
 *
 * @since 0.1.0
 * @category constructors
 */
export const pair: Effect.Effect<
  readonly [Socket.Socket, Socket.Socket],
  SocketError.ConnectError | SocketError.ListenError | SocketError.AcceptError,
  Network | Scope.Scope
> = Effect.scopeWith(scope =>
  Effect.scoped(
    Effect.gen(function* () {
      const listener = yield* listen(SocketAddress.unsafeInet("127.0.0.1", 0))
      const first = yield* Scope.extend(connect(listener.address), scope)
      while (true) {
        const second = yield* Scope.extend(listener.accept, scope)
        if (Equal.equals(second.remoteAddress, first.localAddress)) return [first, second] as const
        yield* second.abort // A stranger was faster.
      }
    })
  )
)
