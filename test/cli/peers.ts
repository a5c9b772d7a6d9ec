/** The peers of the rows: servers made with plain `node:net`, and addresses without a server. */
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { start } from "./spawn.ts"
import * as talks from "./talks.ts"

export interface Peer {
  /** The values of `{port}`, `{path}` and `{folder}` in the row. */
  readonly at: Readonly<Record<string, string>>
  /** Waits until the program has connected and the peer has sent everything before its pause. */
  readonly connected: Effect.Effect<unknown>
  /** Ends the pause of the peer. */
  readonly go: () => void
}

type Place = Effect.Effect<Peer, never, Scope.Scope>

/** A place without a peer. */
const at = (names: Readonly<Record<string, string>>): Peer => ({ at: names, connected: Effect.never, go: () => {} })

/** A folder that the Scope removes. At the end of the row, its content must be what it was at the start. */
const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "row-"))),
  folder => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const inFolder = (make: (path: string) => void): Place =>
  Effect.map(folder, folder => {
    const file = path.join(folder, "s")
    make(file)
    return at({ folder, path: file })
  })

interface Opened {
  readonly server: net.Server
  readonly sockets: Set<net.Socket>
  readonly connected: Promise<void>
  readonly go: () => void
}

/** Listens and runs the talk for each connection. With `isHalfOpen`, the talk must end the connection itself. */
const open = (talk: talks.Talk, where: net.ListenOptions, isHalfOpen = false) =>
  Effect.acquireRelease(
    Effect.async<Opened>(resume => {
      const sockets = new Set<net.Socket>()
      const goOn = deferred()
      const arrived = deferred()
      const server = net.createServer({ allowHalfOpen: isHalfOpen }, socket => {
        sockets.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => sockets.delete(socket))
        Promise.resolve(talk(socket, goOn.promise)).then(arrived.resolve)
      })
      server.listen(where, () =>
        resume(Effect.succeed({ server, sockets, connected: arrived.promise, go: goOn.resolve }))
      )
    }),
    ({ server, sockets }) =>
      Effect.sync(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      })
  )

const deferred = () => {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}

const onPort = (talk: talks.Talk, host = "127.0.0.1", isHalfOpen = false): Place =>
  Effect.map(open(talk, { host, port: 0 }, isHalfOpen), ({ connected, go, server }) => ({
    at: { port: String((server.address() as net.AddressInfo).port) },
    connected: Effect.promise(() => connected),
    go
  }))

const halfOpen = (talk: talks.Talk, host?: string): Place => onPort(talk, host, true)

const onPath = (talk: talks.Talk, isHalfOpen = false): Place =>
  Effect.flatMap(folder, folder =>
    Effect.map(open(talk, { path: path.join(folder, "s") }, isHalfOpen), ({ connected, go }) => ({
      at: { folder, path: path.join(folder, "s") },
      connected: Effect.promise(() => connected),
      go
    }))
  )

/** A path of a socket on which no process listens any more. */
const stalePath: Place = Effect.gen(function* () {
  const place = yield* inFolder(() => {})
  const file = place.at["path"]!
  const aside = `${file}.aside`
  // Node removes the path when the server closes, so a second link keeps the socket.
  yield* Effect.scoped(Effect.map(open(talks.nothing, { path: file }), () => fs.linkSync(file, aside)))
  fs.renameSync(aside, file)
  return place
})

/** A listener that accepts no connection and whose backlog is full. Returns its port. */
const full = (...where: ReadonlyArray<string>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const listener = yield* start("python3", ["-B", path.join(import.meta.dirname, "full_backlog.py"), ...where])
    const [, port] = yield* listener.wrote("stdout", /^(\d+)\n$/)
    return port!
  })

export const peers = {
  nobody: Effect.succeed(at({})),
  /** A port without a listener: it was free a moment ago. */
  deserted: Effect.map(Effect.scoped(onPort(talks.nothing)), ({ at: names }) => at(names)),
  missingPath: inFolder(() => {}),
  stalePath,
  plainFile: inFolder(file => fs.writeFileSync(file, "a plain file\n")),
  fullPort: Effect.map(full(), port => at({ port })),
  fullPath: Effect.flatMap(
    inFolder(() => {}),
    peer => Effect.as(full(peer.at["path"]!), peer)
  ),
  greets: onPort(talks.says("Connection Established")),
  greetsAndCloses: onPort(talks.closes("Connection Established")),
  greetsIPv6: onPort(talks.says("Connection Established"), "::1"),
  greetsAtPath: onPath(talks.says("Connection Established")),
  ends: onPort(talks.says("")),
  saysNothing: onPort(talks.nothing),
  byteAtATime: onPort(talks.dribbles("Connection Established")),
  cutCharacters: onPort(talks.dribbles("a é € 😀\n")),
  stays: onPort(talks.stays("still here")),
  resetsAtOnce: onPort(socket => socket.resetAndDestroy()),
  resetsLater: onPort(talks.resets("Connection Est")),
  floods: onPort(talks.floods),
  halfACharacter: onPort(talks.says(Buffer.from([0x61, 0xc3]))),
  halfThenSilence: onPort(talks.stays(Buffer.from([0x61, 0xc3]))),
  notUtf8: onPort(talks.says(Buffer.from("caf\xe9 au lait", "latin1"))),
  accents: onPort(talks.says("café")),
  escapes: onPort(talks.says("a\tb\n\x1b]0;title\x07\r\x7f\x9b31m \u202eabc\u2069 é")),
  lines: onPort(talks.says("220 here\r\n250 ok\r\n")),
  echoes: halfOpen(talks.echoes),
  echoesIPv6: halfOpen(talks.echoes, "::1"),
  echoesAtPath: onPath(talks.echoes, true),
  counts: halfOpen(talks.counts),
  speaksLate: halfOpen(talks.speaksLate("late\n")),
  sends1MiB: onPort(talks.sends(1)),
  sends200MiB: onPort(talks.sends(200))
} satisfies Readonly<Record<string, Place>>

export type PeerName = keyof typeof peers
