/**
 * The network as a service: connecting, listening and resolving names. Programs depend on `Network`, and a layer
 * provides it: `NodeNetwork.layer` for the operating system, `SimulatedNetwork.layer` for a simulation.
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
  DialOptions,
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
  KeepAlive,
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
 * The operations of a network. The functions of this module call them on the `Network` of the context.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Returns the name of this machine. Python: `gethostname`. */
  readonly hostname: Effect.Effect<string>
  /**
   * Returns all addresses of a name as IP literals, best first. For an IP literal, returns that literal. An
   * interruption ends the wait, and the answer is ignored.
   */
  readonly resolve: (
    host: string,
    options?: ResolveOptions
  ) => Effect.Effect<Arr.NonEmptyReadonlyArray<string>, SocketError.ResolveError>
  /**
   * Returns all addresses of a name with its port, best first. An interruption ends the wait, and the answer is
   * ignored.
   */
  readonly lookup: (
    target: SocketAddress.HostPort,
    options?: ResolveOptions
  ) => Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, SocketError.ResolveError>
  /** Connects to an address or to the addresses of a name, and acquires the connection for the Scope. */
  readonly connect: (
    target: SocketAddress.SocketAddress,
    options?: ConnectOptions
  ) => Effect.Effect<Socket.Socket, SocketError.ConnectError | SocketError.ResolveError, Scope.Scope>
  /** Binds an address and listens on it until the Scope closes. */
  readonly listen: (
    address: SocketAddress.SocketAddress,
    options?: ListenOptions
  ) => Effect.Effect<Listener.Listener, SocketError.ListenError | SocketError.ResolveError, Scope.Scope>
  /** Listens on an inherited file descriptor until the Scope closes. */
  readonly listenFd: (
    fd: number,
    options?: ListenOptions
  ) => Effect.Effect<Listener.Listener, SocketError.ListenError, Scope.Scope>
  /**
   * Returns the name of an IP literal. If the address has no name, fails with reason `NotFound`. An interruption ends
   * the wait, and the answer is ignored.
   */
  readonly reverse: (host: string) => Effect.Effect<string, SocketError.ResolveError>
  /** Returns the names of ports: the services database. */
  readonly services: Effect.Effect<ReadonlyArray<PortName>>
  /** Returns the network interfaces of this machine. */
  readonly interfaces: Effect.Effect<ReadonlyArray<Interface>>
  /** Returns the limit and the number of open descriptors of this process, or `None` if they are not known. */
  readonly descriptors: Effect.Effect<Option.Option<Descriptors>>
}

/**
 * The network that a program runs on, as a service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Network extends Context.Tag("effect-sockets/Network")<Network, Service>() {}

/**
 * Makes a network from a driver, which does the operations of one platform. This function adds checks of names and
 * options, the race of several addresses, and the timeout of a connect. They work in the same way with every driver.
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
 * Returns the name of this machine. Python: `gethostname`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const hostname: Effect.Effect<string, never, Network> = Effect.flatMap(Network, network => network.hostname)

/**
 * Returns all addresses of a name as IP literals, best first. For an IP literal, returns that literal. Fails with
 * `ResolveError`. An interruption ends the wait at once, and the answer is ignored. A lookup has no timeout: use
 * `Effect.timeout`.
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
 * Connects and acquires the connection for the Scope. Returns its socket. Waits at most `timeout`. Default: 30
 * seconds. If an effect of `onAttempt` runs at that time, it also waits for this effect.
 *
 * If the target is a name, its addresses race (RFC 8305). IPv6 and IPv4 addresses are looked up at the same time and
 * tried alternately. The next attempt begins after 250 ms, or when an attempt has failed. The first connection wins.
 * The other attempts are closed.
 *
 * Fails with `ConnectError`, which contains every attempt. If the name cannot be resolved, fails with `ResolveError`.
 * If the target is not a valid address, fails with `AddressError`. An interruption leaves no attempt and no connection.
 *
 * When the Scope closes after a success or a typed failure, the connection is closed. After a defect or an
 * interruption, or if a send is unfinished, it is reset. The option `onFailure` overrides this if the Scope closes with
 * a failure, a defect or an interruption. POSIX: `connect`.
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
 * Binds an address and listens on it until the Scope closes. Returns the listener. Port 0 means any free port. The
 * `address` of the listener has the assigned port. For a name, binds the first address. Fails with `ListenError`, for
 * example with reason `AddressInUse`. POSIX: `bind` and `listen`.
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
 * Listens on a file descriptor that this process inherited, until the Scope closes. Returns the listener. With
 * systemd's socket activation, the first descriptor is 3. When the Scope closes, the descriptor is closed. A Unix path
 * is not removed, because another process created it.
 *
 * If the descriptor is not a stream socket that can listen, fails with reason `Unsupported`. In that case, a connected
 * socket may be closed. If this process already listens on the descriptor, fails with reason `AddressInUse`. The
 * address of a Unix socket is its absolute path if Linux reports one. Otherwise the address is `unix:`. The options
 * `family`, `mode`, `removeStale`, `reusePort` and `ipv6Only` have no effect. A simulated network always fails with reason
 * `Unsupported`.
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
 * Connects, runs `use`, and then closes or resets the connection, depending on how `use` ended. Returns the result of
 * `use`. See `connect`.
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
 * Returns two sockets that are connected to each other, for tests. They use TCP on the loopback address of the
 * `Network` of the context. The first socket is the one that connected. The second is the one that was accepted.
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
        yield* second.abort // Another client connected first.
      }
    })
  )
)
