/**
 * The network as a service, and the one seam of the library: everything above is written against it, and a layer
 * (`NodeNetwork.layer`, or a simulated one) decides what it really is.
 *
 * @since 0.1.0
 */
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Scope from "effect/Scope"
import * as connecting from "./internal/connecting.ts"
import type { OnFailure } from "./internal/hold.ts"
import * as listening from "./internal/listening.ts"
import type * as Listener from "./Listener.ts"
import type * as Socket from "./Socket.ts"
import * as SocketAddress from "./SocketAddress.ts"
import * as SocketError from "./SocketError.ts"

/**
 * What a stream is made with, all decided.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions {
  readonly noDelay: boolean
  /** In bytes. */
  readonly highWaterMark: number
  /** In milliseconds. */
  readonly closeGrace: number
}

/**
 * What a listener is made with, all decided.
 *
 * @since 0.1.0
 * @category models
 */
export interface BoundOptions extends StreamOptions {
  readonly backlog: number
  readonly acceptQueue: number
}

/**
 * @since 0.1.0
 * @category options
 */
export interface ConnectionOptions {
  /** Small sends go out at once (TCP_NODELAY). On by default. */
  readonly noDelay?: boolean | undefined
  /** How many received bytes are buffered before the peer is held back: 128 KiB by default. */
  readonly highWaterMark?: number | undefined
  /** How long `close` may take to flush: 1 second of real time by default. */
  readonly closeGrace?: Duration.DurationInput | undefined
  /**
   * How the connection ends when its scope failed. Without it: a typed failure closes, so that a reply already sent
   * arrives; a defect, an interruption or an unfinished send resets.
   */
  readonly onFailure?: OnFailure | undefined
}

/**
 * @since 0.1.0
 * @category options
 */
export interface ConnectOptions extends ConnectionOptions {
  /** For all of it, the resolution of the name included: 30 seconds by default, `Infinity` for none. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * @since 0.1.0
 * @category options
 */
export interface ResolveOptions {
  /** Addresses of this family alone; a name or a literal that has none of it fails with `NoData`. Both by default. */
  readonly family?: SocketAddress.Inet["family"] | undefined
}

/**
 * @since 0.1.0
 * @category options
 */
export interface ListenOptions extends ConnectionOptions {
  /** How many connections the kernel keeps before it answers no more: 511 by default, and no more than it allows. */
  readonly backlog?: number | undefined
  /** How many connections wait here to be accepted: 128 by default. Beyond it they are reset (on Unix: closed). */
  readonly acceptQueue?: number | undefined
}

/**
 * What a network has to do: the whole of what a new one has to implement.
 *
 * @since 0.1.0
 * @category models
 */
export interface Driver {
  readonly hostname: Effect.Effect<string>
  /**
   * All addresses of a name, or those of one family, best first, as IP literals. To connect, both families are asked
   * for at once. What is given of another family than was asked for is left out.
   */
  readonly resolve: (
    host: string,
    family: SocketAddress.Inet["family"] | undefined
  ) => Effect.Effect<Arr.NonEmptyReadonlyArray<string>, SocketError.ResolveError>
  /**
   * One attempt at one address. The connection is given to `own` in an uninterruptible step; failed or interrupted
   * before, nothing is left of it.
   */
  readonly dial: <A>(
    address: SocketAddress.Inet | SocketAddress.Unix,
    options: StreamOptions,
    own: (transport: Socket.Transport) => Effect.Effect<A>
  ) => Effect.Effect<A, SocketError.ConnectError>
  readonly listen: (
    address: SocketAddress.Inet | SocketAddress.Unix,
    options: BoundOptions
  ) => Effect.Effect<Listener.Acceptor, SocketError.ListenError, Scope.Scope>
}

/**
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
  readonly connect: (
    target: SocketAddress.SocketAddress,
    options?: ConnectOptions
  ) => Effect.Effect<Socket.Socket, SocketError.ConnectError | SocketError.ResolveError, Scope.Scope>
  readonly listen: (
    address: SocketAddress.SocketAddress,
    options?: ListenOptions
  ) => Effect.Effect<Listener.Listener, SocketError.ListenError | SocketError.ResolveError, Scope.Scope>
}

/**
 * The network that a program runs on.
 *
 * @since 0.1.0
 * @category tags
 */
export class Network extends Context.Tag("effect-sockets/Network")<Network, Service>() {}

/**
 * A network on a driver: names are resolved, addresses raced, limits kept and scopes filled the same way on
 * each of them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (driver: Driver): Service => ({
  hostname: driver.hostname,
  resolve: (host, options) => connecting.resolve(driver, host, options?.family),
  connect: (target, options) => connecting.connect(driver, target, options),
  listen: (address, options) => listening.listen(driver, address, options)
})

/**
 * An address, or what can be read as one: `"localhost:808"`, `"unix:/run/x.sock"`, `{ host, port }`.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = SocketAddress.SocketAddress | string | { readonly host: string; readonly port: number }

/**
 * What can go wrong with a target itself: nothing with an address, a name that is not found, a text that is no address.
 *
 * @since 0.1.0
 * @category models
 */
export type TargetError<T extends Target> = T extends SocketAddress.Inet | SocketAddress.Unix
  ? never
  : T extends SocketAddress.HostPort
    ? SocketError.ResolveError
    : SocketError.AddressError | SocketError.ResolveError

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
 * Connects, runs `use`, and ends the connection as `use` ended.
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
        if (Equal.equals(second.remoteAddress, first.localAddress)) {
          return [first, second] as const
        }
        yield* second.abort // A stranger was faster.
      }
    })
  )
)

/** Port 0 is no place to connect to. An address that was made as one is taken at its word: the system refuses it. */
const reachable = (target: Target): Either.Either<SocketAddress.SocketAddress, SocketError.AddressError> =>
  SocketAddress.isSocketAddress(target)
    ? Either.right(target)
    : Either.filterOrLeft(
        SocketAddress.from(target),
        address => address._tag === "Unix" || address.port !== 0,
        () =>
          new SocketError.AddressError({
            reason: "InvalidPort",
            input: target,
            detail: "port 0 only means a free port to listen on, give the port to connect to"
          })
      )

/** What `read` and the service fail with, less what the type of the target rules out. */
const withAddress = <T extends Target, A, E, R>(
  target: T,
  read: (target: Target) => Either.Either<SocketAddress.SocketAddress, SocketError.AddressError>,
  use: (address: SocketAddress.SocketAddress) => Effect.Effect<A, E | SocketError.ResolveError, R>
): Effect.Effect<A, E | TargetError<T>, R> =>
  Effect.flatMap(
    Effect.suspend(() => read(target)),
    use
  ) as Effect.Effect<A, E | TargetError<T>, R>
