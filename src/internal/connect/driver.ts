/**
 * What a network has to do, and what it is given to do it with. Public as part of `Network`.
 *
 * @internal
 */
import type * as Arr from "effect/Array"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"
import type * as SocketAddress from "../../SocketAddress.ts"
import type { ConnectError, ListenError, ResolveError } from "../../SocketError.ts"

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
  readonly closeTimeout: number
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
  readonly ipv6Only: boolean
  /** The permission bits of a Unix socket, or as the system makes it. */
  readonly mode: number | undefined
  readonly removeStale: boolean
}

/**
 * What a port is called in the services database.
 *
 * @since 0.1.0
 * @category models
 */
export interface PortName {
  readonly name: string
  readonly port: number
  readonly protocol: string
  readonly aliases: ReadonlyArray<string>
}

/**
 * An address of a network interface.
 *
 * @since 0.1.0
 * @category models
 */
export interface InterfaceAddress {
  readonly family: SocketAddress.Inet["family"]
  /** As a host to listen on or to connect from: a link-local address with its zone. */
  readonly host: string
  /** The bits of the address that are the network's, as in `127.0.0.1/8`. */
  readonly prefix: number
}

/**
 * A network interface and its addresses, of which there may be none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Interface {
  readonly name: string
  /** Its number, where the system tells (Linux does not of every link that is down). */
  readonly index: number | undefined
  readonly addresses: ReadonlyArray<InterfaceAddress>
}

/**
 * The descriptors that this process may have open, and has.
 *
 * @since 0.1.0
 * @category models
 */
export interface Descriptors {
  /** The limit that holds now (the soft one); `Infinity` where there is none. */
  readonly limit: number
  readonly open: number
}

/**
 * What a network has to do: the whole of what a new one has to implement. What is optional it may not be able to do.
 *
 * @since 0.1.0
 * @category models
 */
export interface Driver {
  readonly hostname: Effect.Effect<string>
  /**
   * All addresses of a name with the port of the target, or those of one family, best first. To connect, both families
   * are asked for at once. Addresses of another family are left out.
   */
  readonly resolve: (
    target: SocketAddress.HostPort,
    family: SocketAddress.Inet["family"] | undefined
  ) => Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, ResolveError>
  /** The name of an IP literal; fails with `NotFound` if it has none. Without this none has. */
  readonly reverse?: (host: string) => Effect.Effect<string, ResolveError>
  /** The names of ports. Without this the best-known ones. */
  readonly services?: Effect.Effect<ReadonlyArray<PortName>>
  /** The interfaces of this machine. Without this there are none. */
  readonly interfaces?: Effect.Effect<ReadonlyArray<Interface>>
  /** The descriptors of this process, where the system tells. Without this it does not. */
  readonly descriptors?: Effect.Effect<Option.Option<Descriptors>>
  /**
   * One attempt at one address. The connection is given to `own` in an uninterruptible step; failed or interrupted
   * before, nothing is left of it.
   */
  readonly dial: <A>(
    address: SocketAddress.Resolved,
    options: StreamOptions,
    own: (transport: Socket.Transport) => Effect.Effect<A>
  ) => Effect.Effect<A, ConnectError>
  /**
   * `dial` that gives up by itself after so many milliseconds of real time, with `TimedOut` by `"timeout"`. Without this
   * `dial` is raced against the limit, as it is under any Clock but the live one.
   */
  readonly dialWithin?: <A>(
    address: SocketAddress.Resolved,
    options: StreamOptions,
    own: (transport: Socket.Transport) => Effect.Effect<A>,
    limit: number
  ) => Effect.Effect<A, ConnectError>
  /** Binds and listens at one address, until the Scope closes. Port 0 is a free one. */
  readonly listen: (
    address: SocketAddress.Resolved,
    options: BoundOptions
  ) => Effect.Effect<Listener.Acceptor, ListenError, Scope.Scope>
  /** Listens on a descriptor that was inherited. Without this it is `Unsupported`. */
  readonly listenFd?: (fd: number, options: BoundOptions) => Effect.Effect<Listener.Acceptor, ListenError, Scope.Scope>
}
