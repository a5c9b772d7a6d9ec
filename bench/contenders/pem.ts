/** The certificates that the build has made. They are read only by the workloads with TLS. */
import * as fs from "node:fs"
import * as path from "node:path"

/** The name that the certificate is valid for. */
export const serverName = "localhost"

export const pem = (name: "ca" | "certificate" | "key"): string =>
  fs.readFileSync(path.join(import.meta.dirname, "..", "..", "tls", `${name}.pem`), "utf8")
