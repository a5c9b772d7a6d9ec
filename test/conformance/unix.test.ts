import { conformance } from "./runner.ts"
import { unix } from "./transports.ts"

conformance(unix)
