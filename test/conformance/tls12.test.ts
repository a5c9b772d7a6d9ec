import { conformance } from "./runner.ts"
import { tls12 } from "./tls.ts"

conformance(tls12)
