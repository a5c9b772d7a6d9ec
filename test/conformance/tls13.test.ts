import { conformance } from "./runner.ts"
import { tls13 } from "./tls.ts"

conformance(tls13)
