/**
 * Writes docs/CONTRACT.md.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { contractTable } from "./contractTable.ts"
import { tlsRows } from "./tls.ts"
import { rows } from "./transports.ts"

fs.writeFileSync(path.resolve(import.meta.dirname, "../../docs/CONTRACT.md"), contractTable([...rows, ...tlsRows]))
