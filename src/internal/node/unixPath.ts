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
import { codeOf } from "./errno.ts"

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
  if (made && (umask & mode) !== 0) fs.chmodSync(path, mode & 0o777)
}

/** Whether somebody listens there: a connection is refused where nobody does (and where it is no stream socket). */
const isRefused = (path: string): Effect.Effect<boolean> =>
  Effect.async(resume => {
    const socket = net.connect({ path })
    const answer = (refused: boolean) => {
      socket.destroy()
      resume(Effect.succeed(refused))
    }
    socket.once("connect", () => answer(false))
    socket.on("error", error => answer(codeOf(error) === "ECONNREFUSED"))
  })

/**
 * Removes a socket on which nobody listens, and tells whether it did. Any other file stays, and so does a socket that
 * came in its place meanwhile. A socket that is bound and does not listen yet cannot be told from a stale one.
 */
export const removeStale = (path: string): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const found = statOf(path)
    if (found?.isSocket() !== true || !(yield* isRefused(path))) return false
    const still = statOf(path)
    if (still?.ino !== found.ino || still.dev !== found.dev || still.ctimeNs !== found.ctimeNs) return false
    return yield* Effect.try(() => fs.unlinkSync(path)).pipe(
      Effect.as(true),
      Effect.orElseSucceed(() => false)
    )
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
