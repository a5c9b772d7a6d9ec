/** Who may be at the other end: names of servers, and client certificates by name. */
import * as tls from "node:tls"
import * as util from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Network from "../../src/Network.ts"
import * as NodeNetwork from "../../src/NodeNetwork.ts"
import * as NodeTls from "../../src/NodeTls.ts"
import type * as SocketAddress from "../../src/SocketAddress.ts"
import * as TestCertificates from "../../src/TestCertificates.ts"
import * as Tls from "../../src/Tls.ts"
import {
  authority,
  both,
  cut,
  errorIn,
  identity,
  issue,
  meet,
  onEachTls,
  only,
  outcomesOf,
  untrusted,
  versions
} from "./kit.ts"

interface Name {
  readonly names: ReadonlyArray<string>
  readonly commonName?: string
  readonly name: string
  /** The name that the server sees. `undefined` if the client must refuse the certificate. */
  readonly seen: string | undefined
}

const names: ReadonlyArray<Name> = [
  { names: ["192.0.2.1"], commonName: "bank.test", name: "bank.test", seen: undefined },
  { names: ["bank.test"], commonName: "other.test", name: "other.test", seen: undefined },
  { names: ["*.corp.test"], name: "bank.corp.test", seen: "bank.corp.test" },
  { names: ["*.corp.test"], name: "corp.test", seen: undefined },
  { names: ["*.corp.test"], name: "a.bank.corp.test", seen: undefined },
  { names: ["b*k.corp.test"], name: "bank.corp.test", seen: undefined },
  { names: ["*k.corp.test"], name: "bank.corp.test", seen: undefined },
  { names: ["b*.corp.test"], name: "bank.corp.test", seen: undefined },
  { names: ["bank.test"], name: "bank.test.", seen: "bank.test" },
  { names: ["Bank.Test"], name: "bANK.tEST", seen: "bANK.tEST" },
  { names: ["xn--bcher-kva.test"], name: "b\u00fccher.test", seen: "xn--bcher-kva.test" },
  { names: ["127.0.0.1"], name: "127.0.0.2", seen: undefined },
  { names: ["127.0.0.1"], name: "127.0.0.1", seen: "no name" },
  { names: ["fe80::1"], name: "fe80::1%eth0", seen: "no name" }
]

/** Two authorities of client certificates. Each is valid for one name of the server. */
const tenants = (version: "1.2" | "1.3") =>
  Effect.gen(function* () {
    const authorities = {
      one: yield* TestCertificates.authority({ commonName: "one" }),
      two: yield* TestCertificates.authority({ commonName: "two" })
    }
    const certificates = {
      one: yield* authorities.one.issue({ names: ["client.test"] }),
      two: yield* authorities.two.issue({ names: ["client.test"] })
    }
    const options = { ...only(version), identity: issue({ names: ["one.test", "two.test"] }), resume: true }
    const two = yield* Tls.context({ ...options, ca: authorities.two.certificate })
    const server = {
      context: { ...options, ca: authorities.one.certificate },
      clientCertificate: "require",
      sni: (name: string) => Effect.succeed(name === "two.test" ? Option.some(two) : Option.none())
    } as const
    const clientOf = (tenant: "one" | "two") => ({ ...only(version), identity: certificates[tenant] })
    return { certificates, clientOf, server }
  })

onEachTls(test => {
  for (const { commonName, name, names: alternative, seen } of names) {
    const owner = commonName === undefined ? "" : ` with the common name ${commonName}`
    const verb = seen === undefined ? "is refused" : `is accepted, and the server sees ${seen},`
    test(`a certificate for ${alternative}${owner} ${verb} if the client wants ${name}`, () =>
      Effect.gen(function* () {
        const own = issue({ names: alternative, ...(commonName === undefined ? {} : { commonName }) })
        const sides = yield* meet({ name }, { context: { identity: own } })
        if (seen === undefined) {
          assert.deepStrictEqual(yield* outcomesOf(sides), ["WrongName", cut])
          assert.include(errorIn(sides[0]).message, `, not ${name}`)
        } else {
          const server = Either.getOrThrow(sides[1])
          assert.strictEqual(
            Option.getOrElse(server.info.serverName, () => "no name"),
            seen
          )
        }
      }))
  }

  for (const version of versions) {
    test(`a server accepts a client by the authorities of the context that sni returns (TLS ${version})`, () =>
      Effect.gen(function* () {
        const { clientOf, server } = yield* tenants(version)
        for (const [tenant, name, isAccepted] of [
          ["one", "one.test", true],
          ["one", "two.test", false],
          ["two", "one.test", false],
          ["two", "two.test", true]
        ] as const) {
          const [, side] = yield* meet({ name, context: clientOf(tenant) }, server)
          assert.strictEqual(Either.isRight(side), isAccepted, `${tenant} at ${name}`)
        }
      }))
  }

  for (const [title, sni] of [
    ["returns a context without an identity", Effect.map(Tls.context({ ca: untrusted.certificate }), Option.some)],
    ["dies", Effect.die(new Error("no such tenant"))]
  ] as const) {
    test(`a handshake fails if sni ${title}`, () =>
      Effect.gen(function* () {
        const engine = yield* Tls.Tls
        const [client, server] = yield* meet(
          {},
          { sni: () => Effect.orDie(Effect.provideService(sni, Tls.Tls, engine)) }
        )
        assert.strictEqual((yield* outcomesOf([client, server]))[0], cut)
        assert.strictEqual(errorIn(server).reason, "Unknown")
      }))
  }

  test("a handshake fails if sni throws", () =>
    Effect.gen(function* () {
      const sni = (): never => {
        throw new Error("no such tenant")
      }
      const [client, server] = yield* meet({}, { sni })
      assert.strictEqual((yield* outcomesOf([client, server]))[0], cut)
      assert.strictEqual(errorIn(server).reason, "Unknown")
    }))

  test("a server that asks for client certificates needs ca, which may be system", () =>
    Effect.gen(function* () {
      const engine = yield* Tls.Tls
      for (const clientCertificate of ["request", "require"] as const) {
        const error = yield* Effect.flip(
          engine.checkServer({ context: yield* Tls.context({ identity }), clientCertificate })
        )
        assert.deepStrictEqual([error._tag, error.reason], ["TlsConfigError", "MissingAuthority"])
        assert.include(error.message, "set ca to the authorities")
        yield* engine.checkServer({ context: yield* Tls.context({ identity, ca: "system" }), clientCertificate })
      }
    }))

  test("a context that has done handshakes shows no key when it is inspected", () =>
    Effect.gen(function* () {
      const context = yield* Tls.context({ ca: authority.certificate, identity })
      const [a, b] = yield* Network.pair
      yield* both(
        Tls.client(a, { name: "localhost", context }),
        Tls.server(b, { context, clientCertificate: "request" })
      )
      const [, secret = ""] = Redacted.value(identity.key).split("\n")
      const shown = util.inspect(
        { context },
        { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }
      )
      assert.notInclude(shown.replace(/\s/g, ""), secret.slice(0, 40))
    }))
})

/** True if the server sends something, false if it closes the connection. */
const isServed = (socket: tls.TLSSocket) =>
  Effect.async<boolean>(resume => {
    socket.on("error", () => {})
    socket.on("data", () => resume(Effect.succeed(true)))
    socket.on("close", () => resume(Effect.succeed(false)))
  })

describe("over TCP, a client of Node", () => {
  for (const version of versions) {
    it.scopedLive(
      `cannot continue a session of one name (SNI) under another with other authorities (TLS ${version})`,
      () =>
        Effect.gen(function* () {
          const { certificates, server } = yield* tenants(version)
          const listener = yield* Tls.listen("127.0.0.1:0", { ...server, context: yield* Tls.context(server.context) })
          yield* Effect.forkScoped(
            Effect.forever(Effect.flatMap(listener.accept, socket => Effect.ignore(socket.sendText("welcome"))))
          )
          const sessions: Array<Buffer> = []
          const visit = (servername: string) =>
            Effect.scoped(
              Effect.gen(function* () {
                const socket = yield* Effect.acquireRelease(
                  Effect.sync(() =>
                    tls.connect({
                      host: "127.0.0.1",
                      port: (listener.address as SocketAddress.Inet).port,
                      servername,
                      ca: authority.certificate,
                      cert: certificates.one.certificate,
                      key: Redacted.value(certificates.one.key),
                      ...(sessions.length === 0 ? {} : { session: sessions.at(-1)! })
                    })
                  ),
                  socket => Effect.sync(() => socket.destroy())
                )
                socket.on("session", session => sessions.push(session))
                const isWelcome = yield* isServed(socket)
                const session = socket.getSession()
                if (isWelcome && session !== undefined) sessions.push(session)
                return isWelcome
              })
            )
          assert.deepStrictEqual(
            [yield* visit("one.test"), yield* visit("two.test"), yield* visit("one.test")],
            [true, false, true]
          )
        }).pipe(Effect.provide([NodeTls.layer, NodeNetwork.layer]))
    )
  }
})
