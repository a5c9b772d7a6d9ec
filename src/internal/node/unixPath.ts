/**
 * The file of a listening Unix socket: who may open it, who may remove it.
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

/** To be asked right after listening. */
export const fileOf = (address: SocketAddress.SocketAddress): UnixFile | undefined =>
  address._tag === "Unix" && address.path !== undefined
    ? { path: address.path, inode: statOf(address.path)?.ino }
    : undefined

const asideOf = (path: string): string => `${path}.${randomUUID().slice(0, 8)}`

/** Whether it could be done. */
const succeeds = (change: () => void): boolean => {
  try {
    change()
    return true
  } catch {
    return false
  }
}

/** What was moved aside goes back to its place, unless something newer stands there. */
const putBack = (aside: string, path: string): void => {
  // A link never takes another's place; who may not link (`fs.protected_hardlinks`) may still rename.
  if (succeeds(() => fs.linkSync(aside, path)) || statOf(path) !== undefined) {
    succeeds(() => fs.unlinkSync(aside))
  } else {
    succeeds(() => fs.renameSync(aside, path))
  }
}

/**
 * Closes, and leaves a path alone that has become somebody else's: closing a server unlinks its path whatever stands
 * there by then, and that may be its successor's.
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
 * Makes a socket with these permission bits, and no wider ones at any moment. The umask is the whole process's, so it
 * is only ever narrowed, and only while `make` runs, which tells whether it made one; then the bits that are missing are
 * added.
 */
export const withMode = (path: string, mode: number, make: () => boolean): void => {
  const umask = process.umask(0o777)
  let made = false
  try {
    process.umask(umask | (~mode & 0o777))
    made = make()
  } finally {
    process.umask(umask)
  }
  if (made && (umask & mode) !== 0 && statOf(path)?.isSocket() === true) fs.chmodSync(path, mode & 0o777)
}

/** Whether nobody listens there: a connection is refused then. */
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
 * Removes a socket on which nobody listens, and tells whether it did. Any other file stays, and so does a socket that
 * came in its place meanwhile: it is moved aside, which nobody else can do to the same file, and asked once more there.
 * A socket that is bound and does not listen cannot be told from a stale one, so of two processes that take over one
 * path in the same instant both may believe to have it.
 */
export const removeStale = (path: string): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const found = statOf(path)
    if (found?.isSocket() !== true || !(yield* isRefused(path))) return false
    // The time tells it from a new one with the number of the old, which may have gone meanwhile.
    const still = statOf(path)
    if (!isSame(still, found) || still?.ctimeNs !== found.ctimeNs) return false
    const aside = asideOf(path)
    if (!succeeds(() => fs.renameSync(path, aside))) return false
    if (isSame(statOf(aside), found) && (yield* isRefused(aside))) return succeeds(() => fs.unlinkSync(aside))
    putBack(aside, path)
    return false
  })

/** The path of a listening socket that was inherited, where the system tells it. */
export const inheritedPath = (fd: number): string | undefined => {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/self/fd/${fd}`)) ?? []
    const lines = fs.readFileSync("/proc/net/unix", "utf8").split("\n")
    return lines.map(line => /^(?:\S+ +){6}(\d+) (\/.*)$/.exec(line)).find(match => match?.[1] === inode)?.[2]
  } catch {
    return undefined
  }
}
