/**
 * The options for TLS that several commands have. `readClient` and `readServer` read the files that the options name,
 * and check what is in them. Each problem is a usage error, which is reported before the command opens a connection.
 */
import * as fs from "node:fs"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Tls from "../../Tls.ts"
import { flag } from "./networkOptions.ts"
import * as optionValue from "./optionValue.ts"
import type { ClientTls, ServerTls } from "./securing.ts"

const file = (name: string, help: string, fallback: string) => optionValue.textIfGiven({ name, help, fallback }, "FILE")

/** The option that enables TLS. */
export const tls = (help: string): Options.Options<boolean> => flag("tls", help)

/** The options for how a client verifies the server. */
export const verification = {
  tlsName: optionValue.name({
    name: "tls-name",
    help: "Name that the certificate of the server must be valid for",
    fallback: "the host to connect to"
  }),
  tlsCa: file("tls-ca", "Certificates of the authorities to trust, in PEM format", "the authorities of Node"),
  tlsInsecure: flag("tls-insecure", "Accept any certificate; an attacker can then read and change everything")
}

/** The options for our own certificate. */
export const identity = {
  tlsCert: file("tls-cert", "Our certificate, then those of its intermediate authorities, in PEM format", "none"),
  tlsKey: file("tls-key", "Private key of the certificate, in PEM format, not encrypted", "none")
}

export const clientCa = {
  tlsClientCa: file("tls-client-ca", "Require a certificate that one of these authorities has signed", "not required")
}

export const alpn = {
  alpn: optionValue.protocols({
    name: "alpn",
    help: "Application protocols to offer, the preferred one first, such as h2,http/1.1",
    fallback: "none"
  })
}

/** The options for TLS of a command that listens. */
export const serving = {
  tls: tls("Use TLS; needs --tls-cert and --tls-key"),
  ...identity,
  ...clientCa
}

interface IdentityWords {
  readonly tlsCert: Option.Option<string>
  readonly tlsKey: Option.Option<string>
}

interface VerificationWords {
  readonly tlsName: Option.Option<string>
  readonly tlsCa: Option.Option<string>
  readonly tlsInsecure: boolean
}

interface ClientWords extends VerificationWords, Partial<IdentityWords> {
  readonly alpn?: Option.Option<Arr.NonEmptyReadonlyArray<string>>
}

interface ServerWords extends IdentityWords {
  readonly tlsClientCa: Option.Option<string>
  readonly alpn?: Option.Option<Arr.NonEmptyReadonlyArray<string>>
}

type Problem = ValidationError.ValidationError

const problem = (text: string): Problem => ValidationError.invalidValue(HelpDoc.p(text))

/** The values of options, by name. `None`, `false` and `undefined` mean that the option was not given. */
type Given = Readonly<Record<string, Option.Option<unknown> | boolean | undefined>>

/** Fails if one of the options was given. `why` continues the message after the name of the option. */
export const none = (given: Given, why: string): Effect.Effect<void, Problem> => {
  const isGiven = (value: Given[string]) => (typeof value === "object" ? Option.isSome(value) : value === true)
  const [name] = Object.entries(given).find(([, value]) => isGiven(value)) ?? []
  return name === undefined ? Effect.void : Effect.fail(problem(`${name} ${why}`))
}

interface File {
  /** The option and the path, as messages show them. */
  readonly what: string
  readonly text: string
}

const read = (option: string, path: string | undefined): Effect.Effect<File | undefined, Problem> => {
  if (path === undefined) return Effect.succeed(undefined)
  const what = `${option} ${JSON.stringify(path)}`
  return Effect.tryPromise({
    try: () => fs.promises.readFile(path, "utf8"),
    catch: error => problem(`${what}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`)
  }).pipe(Effect.map(text => ({ what, text })))
}

interface Files {
  readonly ca: File | undefined
  readonly cert: File | undefined
  readonly key: File | undefined
}

const notPem = "is not a certificate in PEM format"

/** Converts a `TlsConfigError` to a message. If a file has the problem, the message names the file. */
const refusal = (error: Tls.TlsConfigError, { ca, cert, key }: Files): Problem => {
  const explained = {
    BadAuthority: `${ca?.what}: ${notPem}`,
    BadCertificate: `${cert?.what}: ${notPem}`,
    BadKey: `${key?.what}: is not a private key in PEM format, or it is encrypted`,
    KeyMismatch: `${key?.what}: is not the key of the certificate in ${cert?.what}`
  }
  const { reason } = error
  return problem(reason in explained ? explained[reason as keyof typeof explained] : error.message)
}

const contextOf = (
  service: Tls.Service,
  files: Files,
  alpn: Option.Option<Arr.NonEmptyReadonlyArray<string>> | undefined
): Effect.Effect<Tls.Context, Problem> => {
  const { ca, cert, key } = files
  const identity =
    cert === undefined || key === undefined ? undefined : { certificate: cert.text, key: Redacted.make(key.text) }
  const options = { ca: ca?.text, identity, alpn: alpn && Option.getOrUndefined(alpn) }
  return Effect.mapError(service.context(options), error => refusal(error, files))
}

const filesOf = (
  ca: readonly [option: string, path: Option.Option<string>],
  cert: Option.Option<string> = Option.none(),
  key: Option.Option<string> = Option.none()
): Effect.Effect<Files, Problem> =>
  Effect.gen(function* () {
    if (Option.isSome(cert) !== Option.isSome(key)) {
      const [given, missing] = Option.isSome(cert) ? ["--tls-cert", "--tls-key"] : ["--tls-key", "--tls-cert"]
      return yield* Effect.fail(problem(`${given} needs ${missing}`))
    }
    return {
      ca: yield* read(ca[0], Option.getOrUndefined(ca[1])),
      cert: yield* read("--tls-cert", Option.getOrUndefined(cert)),
      key: yield* read("--tls-key", Option.getOrUndefined(key))
    }
  })

/**
 * Reads the options for TLS of a client. `on` is the name of the option that enables TLS. `isOn` is true if this option
 * was given. If it was not given, returns undefined, or fails if another option for TLS was given.
 */
export const readClient = (
  words: ClientWords,
  isOn: boolean,
  on = "--tls"
): Effect.Effect<ClientTls | undefined, Problem, Tls.Tls> =>
  Effect.gen(function* () {
    const { alpn, tlsCa, tlsCert, tlsInsecure, tlsKey, tlsName } = words
    if (!isOn) {
      const verification = { "--tls-name": tlsName, "--tls-ca": tlsCa, "--tls-insecure": tlsInsecure }
      // In `proxy`, `on` is `--target-tls`, and these three options do not belong to the client.
      const own = on === "--tls" ? { "--tls-cert": tlsCert, "--tls-key": tlsKey, "--alpn": alpn } : {}
      yield* none({ ...verification, ...own }, `needs ${on}`)
      return undefined
    }
    if (tlsInsecure) yield* none({ "--tls-ca": tlsCa }, "and --tls-insecure exclude each other")
    const service = yield* Tls.Tls
    const context = yield* contextOf(service, yield* filesOf(["--tls-ca", tlsCa], tlsCert, tlsKey), alpn)
    return { service, context, name: tlsName, verify: tlsInsecure ? "insecure" : "full" }
  })

/**
 * Reads the options for TLS of a server. `isOn` is true if `--tls` was given. If it was not given, returns undefined,
 * or fails if another option for TLS was given.
 */
export const readServer = (words: ServerWords, isOn: boolean): Effect.Effect<ServerTls | undefined, Problem, Tls.Tls> =>
  Effect.gen(function* () {
    const { alpn, tlsCert, tlsClientCa, tlsKey } = words
    if (!isOn) {
      const given = { "--tls-cert": tlsCert, "--tls-key": tlsKey, "--tls-client-ca": tlsClientCa, "--alpn": alpn }
      yield* none(given, "needs --tls")
      return undefined
    }
    if (Option.isNone(tlsCert) && Option.isNone(tlsKey)) {
      return yield* Effect.fail(problem("--tls needs --tls-cert and --tls-key"))
    }
    const service = yield* Tls.Tls
    const context = yield* contextOf(service, yield* filesOf(["--tls-client-ca", tlsClientCa], tlsCert, tlsKey), alpn)
    return { service, context, clientCertificate: Option.isSome(tlsClientCa) ? "require" : "none" }
  })
