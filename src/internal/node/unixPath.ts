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

/** Records the inode of the socket that was created. Call it right after `listen`. */
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

/** Moves a file from `aside` back to `path`, unless `path` exists again. */
const putBack = (aside: string, path: string): void => {
  // A link never replaces a file. A user who may not link (`fs.protected_hardlinks`) may still rename.
  if (succeeds(() => fs.linkSync(aside, path)) || statOf(path) !== undefined) {
    succeeds(() => fs.unlinkSync(aside))
  } else {
    succeeds(() => fs.renameSync(aside, path))
  }
}

/**
 * Closes a server, and keeps a path that belongs to another socket by now. Node unlinks the path of a server when it
 * closes the server, even if the path is that of its successor. Such a file is kept aside meanwhile.
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
 * Returns the umask without changing it, or undefined if the system does not report it. Node can read it only by setting
 * it to 0 for a moment, and in that moment other threads would create files that everyone may write.
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
 * The permission of others to write. A connect needs it, and no other permission of the socket (`unix(7)`). The owner may
 * change the mode anyway.
 */
const othersWrite = 0o022

/**
 * Runs `make`, which creates a socket and returns whether it did, and then gives the socket the permission bits of
 * `mode`. Nobody can connect in between who could not connect afterwards. If the umask would leave too many write bits,
 * it is narrowed while `make` runs, although it belongs to the whole process.
 */
export const withMode = (path: string, mode: number, make: () => boolean): void => {
  const excess = ~mode & othersWrite
  const current = umask()
  const made = current !== undefined && (excess & ~current) === 0 ? make() : narrowed(excess, make)
  if (made && statOf(path)?.isSocket() === true) fs.chmodSync(path, mode)
}

/** Runs `make` with a umask that has these bits too. */
const narrowed = <A>(bits: number, make: () => A): A => {
  const before = process.umask(0o777)
  try {
    process.umask(before | bits)
    return make()
  } finally {
    process.umask(before)
  }
}

/** Returns true if nobody listens at the path, that is, if a connection is refused. */
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
 * Removes a socket on which nobody listens. Returns whether it did. Any other file stays, and so does a socket that has
 * taken its place meanwhile. To make sure of that, the socket is moved aside, which only one process can do, and
 * checked once more there. A socket that is bound but does not listen yet looks like a stale one. Therefore, if two
 * processes do this at the same moment, both may think they own the path.
 * See docs/DECISIONS.md#removestale-binds-first.
 */
export const removeStale = (path: string): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const found = statOf(path)
    if (found?.isSocket() !== true || !(yield* isRefused(path))) return false
    // A new file may have the inode number of the old one. The change time tells them apart.
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
