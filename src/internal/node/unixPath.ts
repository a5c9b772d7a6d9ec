/**
 * The file of a listening Unix socket: its permissions, and its removal.
 * See docs/DECISIONS.md#unix-paths-are-protected.
 *
 * @internal
 */
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as SocketAddress from "../../SocketAddress.ts"
import { errnoOf } from "./errno.ts"

interface UnixFile {
  readonly path: string
  readonly inode: bigint | undefined
}

const statOf = (path: string): fs.BigIntStats | undefined => {
  try {
    return fs.lstatSync(path, { bigint: true })
  } catch {
    return undefined
  }
}

/** Returns the path and the inode of the socket that was created. Called right after `listen`. */
export const fileOf = (address: SocketAddress.SocketAddress): UnixFile | undefined =>
  address._tag === "Unix" && address.path !== undefined
    ? { path: address.path, inode: statOf(address.path)?.ino }
    : undefined

const asideOf = (path: string): string => `${path}.${randomUUID().slice(0, 8)}`

/** Returns true if `change` did not throw. */
const succeeds = (change: () => void): boolean => {
  try {
    change()
    return true
  } catch {
    return false
  }
}

/** Moves a file from `aside` back to `path`. If another file is at `path` now, removes the file at `aside`. */
const putBack = (aside: string, path: string): void => {
  // A hard link never replaces a file, so it is tried first. If the system forbids the link (`fs.protected_hardlinks`),
  // it may still allow a rename.
  if (succeeds(() => fs.linkSync(aside, path)) || statOf(path) !== undefined) {
    succeeds(() => fs.unlinkSync(aside))
  } else {
    succeeds(() => fs.renameSync(aside, path))
  }
}

/**
 * Closes a server. When Node closes a server, it unlinks the path, even if another process has created a new socket
 * there. During the close, such a new socket is kept under another path, if the system allows that.
 */
export const closeAndUnlink = (server: net.Server, file: UnixFile | undefined): void => {
  const current = file === undefined ? undefined : statOf(file.path)?.ino
  if (file === undefined || current === undefined || current === file.inode) {
    server.close()
    return
  }
  const { path } = file
  const aside = asideOf(path)
  const isAside = succeeds(() => fs.linkSync(path, aside)) || succeeds(() => fs.renameSync(path, aside))
  server.close()
  if (isAside) putBack(aside, path)
}

/**
 * Returns the umask without changing it, or `undefined` if the system does not report it in `/proc`. Node can read the
 * umask only by setting it to 0 for a moment. At that moment, other threads would create files that everyone may write.
 */
const umask = (): number | undefined => {
  try {
    const [, octal] = /^Umask:\s*([0-7]+)$/m.exec(fs.readFileSync("/proc/self/status", "utf8")) ?? []
    return octal === undefined ? undefined : Number.parseInt(octal, 8)
  } catch {
    return undefined
  }
}

/**
 * The write permissions of the group and of others. To connect, a user needs write permission on the socket and no
 * other permission (`unix(7)`). The write permission of the owner is not included, because the owner may change the
 * mode anyway.
 */
const othersWrite = 0o022

/**
 * Runs `make`, which creates the socket and returns true if it has succeeded. Then gives the socket the permission bits
 * of `mode`. If the umask allows, or may allow, writes that `mode` forbids, narrows the umask while `make` runs. So a
 * user whom `mode` excludes cannot connect before the bits are set. The umask belongs to the whole process.
 */
export const withMode = (path: string, mode: number, make: () => boolean): void => {
  const excess = ~mode & othersWrite
  const current = umask()
  const isAllowed = excess === 0 || (current !== undefined && (excess & ~current) === 0)
  const made = isAllowed ? make() : narrowed(excess, make)
  if (made && statOf(path)?.isSocket() === true) fs.chmodSync(path, mode)
}

/** Runs `make` while the umask also has these bits, then restores the umask. */
const narrowed = <A>(bits: number, make: () => A): A => {
  const before = process.umask(0o777)
  try {
    process.umask(before | bits)
    return make()
  } finally {
    process.umask(before)
  }
}

/** Returns true if the path refuses a connection, which means that no process listens on the path. */
const isRefused = (path: string): Effect.Effect<boolean> =>
  Effect.async(resume => {
    const socket = net.connect({ path })
    const answer = (refused: boolean) => {
      socket.destroy()
      resume(Effect.succeed(refused))
    }
    socket.once("connect", () => answer(false))
    socket.on("error", error => answer(errnoOf(error) === "ECONNREFUSED"))
  })

const isSame = (one: fs.BigIntStats | undefined, other: fs.BigIntStats): boolean =>
  one !== undefined && one.ino === other.ino && one.dev === other.dev

/**
 * Removes a Unix socket on which no process listens. Returns true if it has removed the socket. Does not remove a file
 * of another kind, or a new socket on which another process listens meanwhile. To make sure of that, moves the socket
 * to another path, which only one process can do, and checks the moved socket again. A socket that is bound but does
 * not listen yet looks stale. Therefore, if two processes do this at the same moment, both may think they own the path.
 * See docs/DECISIONS.md#removestale-binds-first.
 */
export const removeStale = (path: string): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const found = statOf(path)
    if (found?.isSocket() !== true || !(yield* isRefused(path))) return false
    // A new socket at this path may have the inode number of the old one. The change time tells the two apart.
    const still = statOf(path)
    if (!isSame(still, found) || still?.ctimeNs !== found.ctimeNs) return false
    const aside = asideOf(path)
    if (!succeeds(() => fs.renameSync(path, aside))) return false
    if (isSame(statOf(aside), found) && (yield* isRefused(aside))) return succeeds(() => fs.unlinkSync(aside))
    putBack(aside, path)
    return false
  })

/** Returns the path of an inherited listening socket, if the system reports it. */
export const inheritedPath = (fd: number): string | undefined => {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/self/fd/${fd}`)) ?? []
    const lines = fs.readFileSync("/proc/net/unix", "utf8").split("\n")
    return lines.map(line => /^(?:\S+ +){6}(\d+) (\/.*)$/.exec(line)).find(match => match?.[1] === inode)?.[2]
  } catch {
    return undefined
  }
}
