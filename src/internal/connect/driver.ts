/**
 * The interface `Driver`, which a network implements, and the options that a driver receives. The types are public as
 * part of `Network`.
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
 * The options of a connection, with defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions {
  /** True if small segments are sent at once (TCP_NODELAY). */
  readonly noDelay: boolean
  /** When the operating system probes a silent peer, in whole seconds. `undefined`: it sends no probes. */
  readonly keepAlive:
    | { readonly delay: number; readonly interval: number | undefined; readonly count: number | undefined }
    | undefined
  /** The type of service of each packet, from 0 to 255. `undefined`: as the operating system sets it. */
  readonly typeOfService: number | undefined
  /** In bytes. When this many received bytes are buffered and no receive waits for more, reading pauses. */
  readonly highWaterMark: number
  /** In milliseconds: how long a close may take before the connection is destroyed. */
  readonly closeTimeout: number
}

/**
 * The options of a connect, with defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export interface DialOptions extends StreamOptions {
  /** The address to connect from, with `localPort` as its port. If `undefined`, the system chooses. */
  readonly localAddress: SocketAddress.Inet | undefined
  /** The local port to connect from. 0 means any free port. */
  readonly localPort: number
}

/**
 * The options of a listener, with defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export interface BoundOptions extends StreamOptions {
  /** The most connections that wait in the kernel to be accepted. */
  readonly backlog: number
  /** The most connections that wait in this process for `accept`. Further connections are refused. */
  readonly acceptQueue: number
  /** True if a listener on `::` accepts only IPv6 connections. */
  readonly ipv6Only: boolean
  /** The permission bits of a Unix path. If `undefined`, the umask decides. */
  readonly mode: number | undefined
  /** True if `listen` takes over a Unix path on which no process listens. */
  readonly removeStale: boolean
  /** True if other listeners may listen on the same address and port. */
  readonly reusePort: boolean
}

/**
 * An entry of the services database (`services(5)`).
 *
 * @since 0.1.0
 * @category models
 */
export interface PortName {
  /** The official name, such as `http`. */
  readonly name: string
  /** The port number. */
  readonly port: number
  /** The protocol, such as `tcp` or `udp`. */
  readonly protocol: string
  /** Other names of the port. */
  readonly aliases: ReadonlyArray<string>
}

/**
 * An address of a network interface.
 *
 * @since 0.1.0
 * @category models
 */
export interface InterfaceAddress {
  /** The family of the address. */
  readonly family: SocketAddress.Inet["family"]
  /** The address as a text that `Network.listen` accepts as a host. A link-local address includes its zone. */
  readonly host: string
  /** The number of network bits, such as 8 in `127.0.0.1/8`. */
  readonly prefix: number
}

/**
 * A network interface and its addresses.
 *
 * @since 0.1.0
 * @category models
 */
export interface Interface {
  /** The name of the interface, such as `eth0`. */
  readonly name: string
  /** The number of the interface, or `undefined` if it is unknown. It may be unknown for a Linux link that is down. */
  readonly index: number | undefined
  /** The addresses of the interface. May be empty. */
  readonly addresses: ReadonlyArray<InterfaceAddress>
}

/**
 * The file descriptors of this process.
 *
 * @since 0.1.0
 * @category models
 */
export interface Descriptors {
  /** The most descriptors that may be open (the soft limit). `Infinity` if there is no limit. */
  readonly limit: number
  /** The number of open descriptors. */
  readonly open: number
}

/**
 * The operations that a network implements. `Network.make` makes a `Network` from a driver. A driver may leave out the
 * optional members.
 *
 * @since 0.1.0
 * @category models
 */
export interface Driver {
  /** Returns the name of this machine. */
  readonly hostname: Effect.Effect<string>
  /**
   * Returns the addresses of a name with the port of the target, best first. With `family`, the caller ignores
   * addresses of the other family. Unless its caller chose a family, `connect` asks for both at the same time, in two
   * calls.
   */
  readonly resolve: (
    target: SocketAddress.HostPort,
    family: SocketAddress.Inet["family"] | undefined
  ) => Effect.Effect<Arr.NonEmptyReadonlyArray<SocketAddress.Inet>, ResolveError>
  /**
   * Returns the name of an IP literal. If the address has no name, fails with reason `NotFound`. Default: always fails
   * with reason `NotFound`.
   */
  readonly reverse?: (host: string) => Effect.Effect<string, ResolveError>
  /** Returns the names of ports. Default: a built-in list of well-known ports. */
  readonly services?: Effect.Effect<ReadonlyArray<PortName>>
  /** Returns the network interfaces of this machine. Default: none. */
  readonly interfaces?: Effect.Effect<ReadonlyArray<Interface>>
  /** Returns the descriptors of this process, or `None` if the platform does not report them. Default: `None`. */
  readonly descriptors?: Effect.Effect<Option.Option<Descriptors>>
  /**
   * Makes one attempt to connect to one address. When the connection is open, passes it to `own`, and returns the
   * result of `own`. An interruption must not come between opening the connection and calling `own`. If the attempt
   * fails or is interrupted before that, it must leave no socket open.
   */
  readonly dial: <A>(
    address: SocketAddress.Resolved,
    options: DialOptions,
    own: (transport: Socket.Transport) => Effect.Effect<A>
  ) => Effect.Effect<A, ConnectError>
  /**
   * Does what `dial` does. After `timeout` milliseconds of real time, fails with reason `TimedOut` and `by: "timeout"`.
   * Called only under the live Clock. Default: `connect` interrupts `dial` after `timeout`.
   */
  readonly dialWithin?: <A>(
    address: SocketAddress.Resolved,
    options: DialOptions,
    own: (transport: Socket.Transport) => Effect.Effect<A>,
    timeout: number
  ) => Effect.Effect<A, ConnectError>
  /** Binds one address and listens on it until the Scope closes. Port 0 means any free port. */
  readonly listen: (
    address: SocketAddress.Resolved,
    options: BoundOptions
  ) => Effect.Effect<Listener.Acceptor, ListenError, Scope.Scope>
  /** Listens on an inherited descriptor until the Scope closes. Default: fails with reason `Unsupported`. */
  readonly listenFd?: (fd: number, options: BoundOptions) => Effect.Effect<Listener.Acceptor, ListenError, Scope.Scope>
}
