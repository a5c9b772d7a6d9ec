import { conformance } from "./runner.ts"
import { tlsSimulated } from "./tls.ts"

conformance(tlsSimulated)
