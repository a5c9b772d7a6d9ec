import { conformance } from "./runner.ts"
import { tcp6 } from "./transports.ts"

conformance(tcp6)
