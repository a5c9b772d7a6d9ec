/** Handshakes between two sides, for the tests of TLS. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Network from "../../src/Network.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import type * as Socket from "../../src/Socket.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"
import * as Tls from "../../src/Tls.ts"
import { type Declare, onEach } from "../networks.ts"

export const authority = Effect.runSync(TestCertificates.authority())

/** An authority that no side trusts. */
export const untrusted = Effect.runSync(TestCertificates.authority({ commonName: "Unknown authority" }))

export const issue = (options: Partial<TestCertificates.IssueOptions> = {}, by = authority): Tls.Identity =>
  Effect.runSync(by.issue({ names: ["localhost"], ...options }))

export const identity: Tls.Identity = issue({ names: ["localhost", "127.0.0.1", "::1"] })

/** A certificate of localhost that signs itself. It is valid until 2126. */
export const selfSigned: Tls.Identity = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBUjCCAQSgAwIBAgIUYrHVOosQe1b5ox7srCvSci0p5rkwBQYDK2VwMBQxEjAQ
BgNVBAMMCWxvY2FsaG9zdDAgFw0yNjExMzAyMzMxMDZaGA8yMTI2MTEwNjIzMzEw
NlowFDESMBAGA1UEAwwJbG9jYWxob3N0MCowBQYDK2VwAyEA4NH+tYDRDq691UJP
Hqa2mnNDDyDNZY4hICx/kilCT6CjZjBkMB0GA1UdDgQWBBTeDsJfpArUB/YtytoX
1yQiiK3toDAfBgNVHSMEGDAWgBTeDsJfpArUB/YtytoX1yQiiK3toDAUBgNVHREE
DTALgglsb2NhbGhvc3QwDAYDVR0TAQH/BAIwADAFBgMrZXADQQAD7i0H2xC73V3A
jGWfn79/hyn8KRh1RXHLATWASll5Rq7zD0j5zVq/iYrDYKsLh83+o9gtqSNmU9Zc
CG0ENS4B
-----END CERTIFICATE-----
`,
  key: Redacted.make(`-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIL2LxhlGWrpnwY89bxUNR09306T6En5Tn7vhXKZmmdYt
-----END PRIVATE KEY-----
`)
}

/** The options of a client. Default: it trusts `authority` and wants the name localhost. */
export interface Client extends Partial<Omit<Tls.ClientOptions, "context">> {
  readonly context?: Tls.ContextOptions
}

/** The options of a server. Default: it has `identity` and trusts `authority`. */
export interface Server extends Partial<Omit<Tls.ServerOptions, "context">> {
  readonly context?: Tls.ContextOptions
}

type Handshake = Effect.Effect<Tls.TlsSocket, Tls.TlsError | Tls.TlsConfigError, Tls.Tls | Scope.Scope>

export const clientOn = (socket: Socket.Socket, { context, ...options }: Client = {}): Handshake =>
  Effect.flatMap(Tls.context({ ca: authority.certificate, ...context }), context =>
    Tls.client(socket, { name: "localhost", ...options, context })
  )

export const serverOn = (socket: Socket.Socket, { context, ...options }: Server = {}): Handshake =>
  Effect.flatMap(Tls.context({ ca: authority.certificate, identity, ...context }), context =>
    Tls.server(socket, { ...options, context })
  )

/** The two sides after their handshakes. */
export const both = (client: Handshake, server: Handshake) =>
  Effect.all([Effect.either(client), Effect.either(server)], { concurrency: 2 })

/** A client and a server on a new connection. */
export const meet = (client?: Client, server?: Server) =>
  Effect.flatMap(Network.pair, ([a, b]) => both(clientOn(a, client), serverOn(b, server)))

/** A connected client and server. */
export const secured = (client?: Client, server?: Server) =>
  Effect.map(meet(client, server), ([a, b]) => ({ client: Either.getOrThrow(a), server: Either.getOrThrow(b) }))

export type Side = Effect.Effect.Success<ReturnType<typeof meet>>[number]

/** The peer has left without a word. */
export const cut = "cut"

const outcome = (reason: string): string =>
  reason === "Ended" || reason === "Truncated" || reason === "Reset" ? cut : reason

/**
 * How a handshake ended: the reason of its error, or what the first receive then found. Which of the two learns that the
 * peer has left depends on the moment. So does whether it is an end or a reset.
 */
export const outcomeOf = (side: Side): Effect.Effect<string> =>
  Either.isLeft(side)
    ? Effect.succeed(
        side.left._tag === "TlsError" && side.left.alert !== undefined
          ? `${side.left.reason} by ${side.left.alert}`
          : outcome(side.left.reason)
      )
    : Effect.match(side.right.recv(1), {
        onFailure: ({ reason }) => outcome(reason),
        onSuccess: received => (Option.isNone(received) ? "ended" : "received")
      })

/** The outcomes of both sides. Two connected sides do not receive, because they would wait for each other. */
export const outcomesOf = ([client, server]: readonly [Side, Side]): Effect.Effect<readonly [string, string]> =>
  Either.isRight(client) && Either.isRight(server)
    ? Effect.succeed(["connected", "connected"])
    : Effect.all([outcomeOf(client), outcomeOf(server)])

/** The error of a handshake that must have failed. */
export const errorIn = (side: Side): Tls.TlsError => {
  assert.isTrue(Either.isLeft(side), "the handshake should fail")
  const error = Either.getOrThrow(Either.flip(side))
  assert.strictEqual(error._tag, "TlsError")
  return error as Tls.TlsError
}

type OnTls<A, E> = Effect.Effect<A, E, Network.Network | Tls.Tls | Scope.Scope>

/** Declares the same tests over TCP and over the simulated network. */
export const onEachTls = (tests: (test: <A, E>(title: string, program: () => OnTls<A, E>) => void) => void): void =>
  onEach((test: Declare) => tests((title, program) => test(title, () => Effect.provide(program(), NodeTls.layer))))

export const versions = ["1.2", "1.3"] as const

/** The options of a context that has only this version. */
export const only = (version: Tls.Version) => ({ minVersion: version, maxVersion: version })
