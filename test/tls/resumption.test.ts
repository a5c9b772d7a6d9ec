/** Sessions that are continued, and those that must not be. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Network from "../../src/Network.ts"
import * as Tls from "../../src/Tls.ts"
import { authority, both, identity, issue, onEachTls, untrusted } from "./kit.ts"

type ClientOptions = Omit<Tls.ClientOptions, "name"> & { readonly name?: string }

/** Does a handshake, sends a byte each way, so that tickets arrive, and returns what both sides negotiated. */
const visit = (client: ClientOptions, server: Tls.ServerOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const [a, b] = yield* Network.pair
      const [ours, theirs] = yield* both(Tls.client(a, { name: "localhost", ...client }), Tls.server(b, server))
      if (Either.isLeft(ours)) return yield* Effect.fail(ours.left)
      const ended = yield* Effect.fork(Effect.orDie(ours.right.recvAll()))
      const accepted = Either.getOrThrow(theirs)
      yield* accepted.sendText("x")
      yield* accepted.shutdownSend
      yield* ended.await
      return { client: ours.right.info, server: accepted.info }
    })
  )

const contexts = (client: Tls.ContextOptions = {}, server: Tls.ContextOptions = {}) =>
  Effect.all({
    client: Tls.context({ ca: authority.certificate, resume: true, ...client }),
    server: Tls.context({ ca: authority.certificate, identity, resume: true, ...server })
  })

onEachTls(test => {
  for (const version of ["1.2", "1.3"] as const) {
    const only = { minVersion: version, maxVersion: version }

    test(`with resume, TLS ${version} continues the session of the last visit, and the info has its certificate`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* contexts(only, only)
        const visits = []
        for (let n = 0; n < 4; n++) visits.push(yield* visit({ context: client }, { context: server }))
        assert.deepStrictEqual(
          visits.map(visit => [visit.client.isResumed, visit.server.isResumed]),
          [
            [false, false],
            [true, true],
            [true, true],
            [true, true]
          ]
        )
        for (const { client } of visits) {
          assert.deepStrictEqual(client.peerCertificate, visits[0]!.client.peerCertificate)
          assert.isTrue(Option.isSome(client.peerCertificate))
        }
      }))

    for (const [title, here, there] of [
      ["by default", { resume: undefined }, { resume: undefined }],
      ["if only the server allows it", { resume: undefined }, {}],
      ["if only the client allows it", {}, { resume: undefined }]
    ] as const) {
      test(`${title}, TLS ${version} continues no session`, () =>
        Effect.gen(function* () {
          const { client, server } = yield* contexts({ ...only, ...here }, { ...only, ...there })
          for (let n = 0; n < 2; n++) {
            const { client: info } = yield* visit({ context: client }, { context: server })
            assert.isFalse(info.isResumed)
          }
        }))
    }

    test(`a TLS ${version} session is not continued for another name, protocol or verification`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* contexts(only, { ...only, alpn: ["a", "b"] })
        yield* visit({ context: client }, { context: server })
        for (const options of [
          { name: "127.0.0.1" },
          { alpn: ["b"] as const },
          { verify: "insecure" as const, name: "other.test" }
        ]) {
          const { client: info } = yield* visit({ context: client, ...options }, { context: server })
          assert.isFalse(info.isResumed, JSON.stringify(options))
        }
        const wrong = yield* Effect.flip(visit({ context: client, name: "other.test" }, { context: server }))
        assert.deepInclude(wrong, { _tag: "TlsError", reason: "WrongName" })
      }))

    test(`a TLS ${version} session is not continued by a client with other authorities`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* contexts(only, only)
        yield* visit({ context: client }, { context: server })
        const other = yield* Tls.context({ ...only, ca: untrusted.certificate, resume: true })
        const error = yield* Effect.flip(visit({ context: other }, { context: server }))
        assert.deepInclude(error, { _tag: "TlsError", reason: "Untrusted" })
      }))

    test(`a TLS ${version} session is checked against pins, and a session that they refuse is dropped`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* contexts(only, only)
        const { client: info } = yield* visit({ context: client }, { context: server })
        const pin = Option.getOrThrow(info.peerCertificate).pin
        const good = yield* visit({ context: client, pins: [pin] }, { context: server })
        assert.isTrue(good.client.isResumed)
        const error = yield* Effect.flip(visit({ context: client, pins: [`${"A".repeat(43)}=`] }, { context: server }))
        assert.deepInclude(error, { _tag: "TlsError", reason: "PinMismatch" })
        const { client: after } = yield* visit({ context: client }, { context: server })
        assert.isFalse(after.isResumed)
      }))

    test(`a TLS ${version} client with a new identity continues no session of the old one`, () =>
      Effect.gen(function* () {
        const { client, server } = yield* contexts({ ...only, identity: issue({ names: ["old.test"] }) }, only)
        const asking = { context: server, clientCertificate: "require" } as const
        const names = ({ server }: { readonly server: Tls.Info }) =>
          Option.map(server.peerCertificate, ({ names }) => names[0])
        yield* visit({ context: client }, asking)
        const resumed = yield* visit({ context: client }, asking)
        assert.isTrue(resumed.server.isResumed)
        assert.deepStrictEqual(names(resumed), Option.some("old.test"))
        yield* Tls.reload(client, issue({ names: ["new.test"] }))
        const renewed = yield* visit({ context: client }, asking)
        assert.isFalse(renewed.server.isResumed)
        assert.deepStrictEqual(names(renewed), Option.some("new.test"))
      }))
  }

  test("the session of an expired certificate is not continued", () =>
    Effect.gen(function* () {
      const soon = issue({ names: ["localhost"], validTo: new Date(Date.now() - 1000) })
      const { client, server } = yield* contexts({}, { identity: soon })
      yield* visit({ context: client, verify: "insecure" }, { context: server })
      const { client: info } = yield* visit({ context: client, verify: "insecure" }, { context: server })
      assert.isFalse(info.isResumed)
    }))

  test("a server that reloads its identity is shown with its new certificate", () =>
    Effect.gen(function* () {
      const { client, server } = yield* contexts()
      yield* visit({ context: client }, { context: server })
      yield* Tls.reload(server, issue({ names: ["localhost", "renewed.test"] }))
      const { client: info } = yield* visit({ context: client }, { context: server })
      assert.isFalse(info.isResumed)
      assert.include(Option.getOrThrow(info.peerCertificate).names, "renewed.test")
    }))
})
