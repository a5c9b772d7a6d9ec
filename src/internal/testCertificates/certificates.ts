/**
 * Makes certificates for tests: an authority, and the certificates that it signs. RFC 5280.
 *
 * @internal
 */
import * as crypto from "node:crypto"
import * as net from "node:net"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Identity, Pem } from "../tls/index.ts"
import * as der from "./der.ts"

/**
 * The kind of a key.
 *
 * - `"ed25519"`: fast to make. All its signatures have the same length, so the sizes in the trace of a simulation are
 *   the same in each run.
 * - `"ec"`: the curve P-256.
 * - `"rsa"`: 2,048 bits. Can take a second to make.
 *
 * @since 0.1.0
 * @category models
 */
export type KeyType = "ed25519" | "ec" | "rsa"

/**
 * Options of an authority.
 *
 * @since 0.1.0
 * @category options
 */
export interface AuthorityOptions {
  /** Default: `"Test authority"`. */
  readonly commonName?: string | undefined
  /** Default: `"ed25519"`. */
  readonly keyType?: KeyType | undefined
}

/**
 * Options of a certificate.
 *
 * @since 0.1.0
 * @category options
 */
export interface IssueOptions {
  /** The host names and IP addresses that the certificate is valid for. `*.example.test` is a wildcard. */
  readonly names: ReadonlyArray<string>
  /** Default: the first of `names`, or `"Test"` if there is none. */
  readonly commonName?: string | undefined
  /** Default: a day ago. */
  readonly validFrom?: DateTime.DateTime.Input | undefined
  /** Default: in 3,650 days. */
  readonly validTo?: DateTime.DateTime.Input | undefined
  /** Default: the key type of the authority. */
  readonly keyType?: KeyType | undefined
}

/**
 * An authority that signs certificates.
 *
 * @since 0.1.0
 * @category models
 */
export interface Authority {
  /** The certificate of the authority itself. A context with this `ca` trusts the authority. */
  readonly certificate: Pem
  /** Makes a private key and a certificate. The authority signs the certificate. */
  readonly issue: (options: IssueOptions) => Effect.Effect<Identity>
}

interface KeyPair {
  readonly publicKey: crypto.KeyObject
  readonly privateKey: crypto.KeyObject
}

const keyPair = (type: KeyType): KeyPair =>
  type === "rsa"
    ? crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
    : type === "ec"
      ? crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
      : crypto.generateKeyPairSync("ed25519")

const algorithms: Readonly<Record<string, { readonly id: der.Der; readonly hash: "sha256" | null }>> = {
  ed25519: { id: der.sequence(der.identifier("1.3.101.112")), hash: null },
  ec: { id: der.sequence(der.identifier("1.2.840.10045.4.3.2")), hash: "sha256" },
  rsa: { id: der.sequence(der.identifier("1.2.840.113549.1.1.11"), der.nothing), hash: "sha256" }
}

const nameOf = (commonName: string): der.Der =>
  der.sequence(der.set(der.sequence(der.identifier("2.5.4.3"), der.utf8(commonName))))

const extension = (id: string, value: der.Der, isCritical = false): der.Der =>
  der.sequence(der.identifier(id), ...(isCritical ? [der.boolean(true)] : []), der.octets(value))

const spkiOf = ({ publicKey }: KeyPair): Uint8Array => new Uint8Array(publicKey.export({ type: "spki", format: "der" }))

const keyId = (keys: KeyPair): Uint8Array => new Uint8Array(crypto.createHash("sha1").update(spkiOf(keys)).digest())

/** Returns the 4 or 16 bytes of an IP address. */
const bytesOfAddress = (address: string): Uint8Array => {
  if (net.isIPv4(address)) return Uint8Array.from(address.split(".").map(Number))
  // The last four bytes may be written as an IPv4 address.
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: Array<string>) => {
    const [a, b, c, d] = bytes.map(Number)
    return `${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`
  })
  const [head = "", tail] = hexadecimal.split("::")
  const groups = (text: string) => (text === "" ? [] : text.split(":").map(group => Number.parseInt(group, 16)))
  const first = groups(head)
  const last = tail === undefined ? [] : groups(tail)
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last]
  return Uint8Array.from(all.flatMap(group => [group >> 8, group & 0xff]))
}

const alternativeName = (name: string): der.Der =>
  net.isIP(name) === 0 ? der.tagged(0x82, Buffer.from(name, "ascii")) : der.tagged(0x87, bytesOfAddress(name))

const pem = (bytes: Uint8Array): Pem => {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

interface Signer {
  readonly type: KeyType
  readonly keys: KeyPair
  readonly commonName: string
}

const sign = (
  signer: Signer,
  subject: { readonly commonName: string; readonly keys: KeyPair },
  validity: readonly [from: number, to: number],
  extensions: ReadonlyArray<der.Der>
): Pem => {
  const { hash, id } = algorithms[signer.type]!
  const serial = crypto.randomBytes(16)
  // With this first byte, the number has the same length in DER each time, and the sizes in a trace stay the same.
  serial[0] = 0x40
  const body = der.sequence(
    der.tagged(0xa0, der.integer(Uint8Array.from([2]))),
    der.integer(serial),
    id,
    nameOf(signer.commonName),
    der.sequence(...validity.map(der.time)),
    nameOf(subject.commonName),
    spkiOf(subject.keys),
    der.tagged(
      0xa3,
      der.sequence(
        ...extensions,
        extension("2.5.29.14", der.octets(keyId(subject.keys))),
        extension("2.5.29.35", der.sequence(der.tagged(0x80, keyId(signer.keys))))
      )
    )
  )
  return pem(der.sequence(body, id, der.bits(new Uint8Array(crypto.sign(hash, body, signer.keys.privateKey)))))
}

const millisOf = (input: DateTime.DateTime.Input | undefined, otherwise: number): number =>
  input === undefined ? otherwise : DateTime.toEpochMillis(DateTime.unsafeMake(input))

const day = Duration.toMillis("1 day")
const years = 3650 * day

/** The time of the machine, also in a simulation, because OpenSSL compares certificates with this time. */
const now = (): number => Date.now()

export const authority = ({
  commonName = "Test authority",
  keyType = "ed25519"
}: AuthorityOptions = {}): Effect.Effect<Authority> =>
  Effect.sync(() => {
    const signer: Signer = { type: keyType, keys: keyPair(keyType), commonName }
    const isAuthority = [
      extension("2.5.29.19", der.sequence(der.boolean(true)), true),
      extension("2.5.29.15", der.tagged(0x03, Uint8Array.from([1, 0x06])), true)
    ]
    return {
      certificate: sign(signer, signer, [now() - day, now() + years], isAuthority),
      issue: options => Effect.sync(() => issue(signer, options))
    }
  })

const issue = (signer: Signer, options: IssueOptions): Identity => {
  const keys = keyPair(options.keyType ?? signer.type)
  const commonName = options.commonName ?? options.names[0] ?? "Test"
  const validity = [millisOf(options.validFrom, now() - day), millisOf(options.validTo, now() + years)] as const
  const usages = der.sequence(der.identifier("1.3.6.1.5.5.7.3.1"), der.identifier("1.3.6.1.5.5.7.3.2"))
  const alternatives =
    options.names.length === 0 ? [] : [extension("2.5.29.17", der.sequence(...options.names.map(alternativeName)))]
  return {
    certificate: sign(signer, { commonName, keys }, validity, [
      extension("2.5.29.19", der.sequence(), true),
      extension("2.5.29.37", usages),
      ...alternatives
    ]),
    key: Redacted.make(String(keys.privateKey.export({ type: "pkcs8", format: "pem" })))
  }
}
