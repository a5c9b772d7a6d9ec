/**
 * The file of a listening Unix socket. Closing a server unlinks its path whatever stands there by then, and that may be
 * its successor's.
 *
 * @internal
 */
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import type * as net from "node:net"
import type * as SocketAddress from "../../SocketAddress.ts"

interface UnixFile {
  readonly path: string
  readonly inode: bigint | undefined
}

const inodeOf = (path: string): bigint | undefined => {
  try {
    return fs.lstatSync(path, { bigint: true }).ino
  } catch {
    return undefined
  }
}

/** To be asked right after listening. */
export const fileOf = (address: SocketAddress.SocketAddress): UnixFile | undefined =>
  address._tag === "Unix" && address.path !== undefined
    ? { path: address.path, inode: inodeOf(address.path) }
    : undefined

/** Closes, and leaves a path alone that has become somebody else's. */
export const closeAndUnlink = (server: net.Server, file: UnixFile | undefined): void => {
  const current = file === undefined ? undefined : inodeOf(file.path)
  if (file === undefined || current === undefined || current === file.inode) {
    server.close()
    return
  }
  const aside = `${file.path}.${randomUUID().slice(0, 8)}`
  try {
    fs.linkSync(file.path, aside)
  } catch {
    server.close()
    return
  }
  server.close()
  fs.renameSync(aside, file.path)
}
