/** Two sides that do not agree, and how their handshakes end. */
import type * as Tls from "../../src/Tls.ts"
import { type Client, cut, issue, only, type Server, selfSigned, untrusted } from "./kit.ts"

export interface Row {
  readonly title: string
  readonly client?: Client
  readonly server?: Server
  /** The versions of the row. Default: both. */
  readonly on?: ReadonlyArray<Tls.Version>
  readonly outcomes: readonly [client: string, server: string]
  /** A part of the message of each side that fails. */
  readonly says?: readonly [client: string, server?: string]
}

export const agreed = ["connected", "connected"] as const

export const servedBy = (identity: Tls.Identity): Server => ({ context: { identity } })
const valid = (names: ReadonlyArray<string>): Server => servedBy(issue({ names }))

const chained = issue({}, untrusted)

export const certificates: ReadonlyArray<Row> = [
  {
    title: "refuses a certificate that signs itself",
    server: servedBy(selfSigned),
    outcomes: ["Untrusted", cut],
    says: ["the peer's certificate signs itself; to trust it, add it to ca"]
  },
  {
    title: "refuses a certificate of an unknown authority",
    server: servedBy(issue({}, untrusted)),
    outcomes: ["Untrusted", cut],
    says: ["the peer's certificate is not signed by a trusted authority; to trust its authority, add it to ca"]
  },
  {
    title: "refuses a certificate that is sent with its unknown authority",
    server: servedBy({ ...chained, certificate: `${chained.certificate}${untrusted.certificate}` }),
    outcomes: ["Untrusted", cut]
  },
  {
    title: "refuses an expired certificate",
    server: servedBy(issue({ validFrom: "2020-01-01", validTo: "2021-02-03" })),
    outcomes: ["Expired", cut],
    says: ["the peer's certificate expired on 2021-02-03"]
  },
  {
    title: "refuses a certificate that is not valid yet",
    server: servedBy(issue({ validFrom: "2090-01-02", validTo: "2091-01-01" })),
    outcomes: ["NotYetValid", cut],
    says: ["the peer's certificate is valid from 2090-01-02; check the clock of this machine"]
  },
  {
    title: "refuses a certificate of another name",
    server: valid(["other.test", "*.other.test"]),
    outcomes: ["WrongName", cut],
    says: ["the peer's certificate is for other.test, *.other.test, not localhost"]
  },
  {
    title: "refuses a certificate whose only name is its common name",
    server: servedBy(issue({ names: [], commonName: "localhost" })),
    outcomes: ["WrongName", cut],
    says: ["the peer's certificate is for no name, not localhost"]
  },
  {
    title: "accepts a wildcard for one label",
    client: { name: "a.example.test" },
    server: valid(["*.example.test"]),
    outcomes: agreed
  },
  {
    title: "refuses a wildcard for two labels",
    client: { name: "a.b.example.test" },
    server: valid(["*.example.test"]),
    outcomes: ["WrongName", cut]
  },
  {
    title: "refuses a wildcard for no label",
    client: { name: "example.test" },
    server: valid(["*.example.test"]),
    outcomes: ["WrongName", cut]
  },
  {
    title: "refuses a certificate that has the name but not the IP address",
    client: { name: "127.0.0.1" },
    server: valid(["localhost"]),
    outcomes: ["WrongName", cut]
  },
  {
    title: "accepts any certificate if verify is insecure",
    client: { verify: "insecure" },
    server: servedBy(issue({ names: ["other.test"], validTo: "2021-01-01", validFrom: "2020-01-01" }, untrusted)),
    outcomes: agreed
  }
]

export const parameters: ReadonlyArray<Row> = [
  {
    title: "a newer client and an older server share no version",
    client: { context: only("1.3") },
    server: { context: only("1.2") },
    on: ["1.3"],
    outcomes: ["NoSharedVersion by PROTOCOL_VERSION", "NoSharedVersion"],
    says: [
      "the peer has no TLS version in common with us; see minVersion and maxVersion",
      "see minVersion and maxVersion"
    ]
  },
  {
    title: "an older client and a newer server share no version",
    client: { context: only("1.2") },
    server: { context: only("1.3") },
    on: ["1.2"],
    outcomes: ["NoSharedVersion by PROTOCOL_VERSION", "NoSharedVersion"]
  },
  {
    title: "the sides share no cipher",
    client: { context: { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" } },
    server: { context: { ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" } },
    on: ["1.2"],
    outcomes: ["PeerAlert by HANDSHAKE_FAILURE", "NoSharedCipher"],
    says: ["the peer refused the handshake: handshake failure", "the peer has no cipher in common with us; see ciphers"]
  },
  {
    title: "the sides share no cipher",
    client: { context: { ciphers: "TLS_AES_128_GCM_SHA256" } },
    server: { context: { ciphers: "TLS_AES_256_GCM_SHA384" } },
    on: ["1.3"],
    outcomes: ["PeerAlert by HANDSHAKE_FAILURE", "NoSharedCipher"]
  },
  {
    title: "the sides share no application protocol",
    client: { alpn: ["h2", "http/1.1"] },
    server: { context: { alpn: ["smtp"] } },
    outcomes: ["NoSharedProtocol by NO_APPLICATION_PROTOCOL", "NoSharedProtocol"],
    says: ["the peer has no protocol (ALPN) in common with us; see alpn", "see alpn"]
  },
  {
    title: "a server without application protocols accepts a client that has some",
    client: { alpn: ["h2"] },
    outcomes: agreed
  }
]

export const wants: Server = { clientCertificate: "require" }
export const trustedClient: Client = { context: { identity: issue({ names: ["client.test"] }) } }
export const unknownClient: Client = { context: { identity: issue({ names: ["client.test"] }, untrusted) } }

export const clients: ReadonlyArray<Row> = [
  { title: "accepts a client certificate that it trusts", client: trustedClient, server: wants, outcomes: agreed },
  {
    title: "refuses a client without a certificate",
    server: wants,
    on: ["1.2"],
    outcomes: ["PeerAlert by HANDSHAKE_FAILURE", "CertificateRequired"],
    says: [
      "it may require a client certificate (identity), or have no cipher in common with us",
      "the peer sent no certificate, and one is required"
    ]
  },
  {
    title: "refuses a client without a certificate, and the client learns so at its first receive",
    server: wants,
    on: ["1.3"],
    outcomes: ["Rejected", "CertificateRequired"]
  },
  {
    title: "refuses a client certificate of another authority",
    client: unknownClient,
    server: wants,
    on: ["1.2"],
    outcomes: [cut, "Untrusted"]
  },
  {
    title: "refuses a client certificate of another authority, and the client learns so at its first receive",
    client: unknownClient,
    server: wants,
    on: ["1.3"],
    outcomes: ["Rejected", "Untrusted"]
  },
  {
    title: "refuses an expired client certificate",
    client: { context: { identity: issue({ validFrom: "2020-01-01", validTo: "2021-01-01" }) } },
    server: wants,
    on: ["1.3"],
    outcomes: ["Rejected", "Expired"]
  },
  {
    title: "accepts a client without the requested certificate",
    server: { clientCertificate: "request" },
    outcomes: agreed
  },
  {
    title: "accepts a requested client certificate that it trusts",
    client: trustedClient,
    server: { clientCertificate: "request" },
    outcomes: agreed
  },
  {
    title: "refuses a requested client certificate of another authority",
    client: unknownClient,
    server: { clientCertificate: "request" },
    on: ["1.3"],
    outcomes: ["Rejected", "Untrusted"]
  }
]
