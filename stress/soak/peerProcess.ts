/**
 * The process of the hostile peers. It plays each part that it is asked to play, reports what the peer has done, and ends
 * a part when told to. It exits when the process of the soak disconnects.
 */
import * as childProcess from "node:child_process"
import type * as net from "node:net"
import { needsProcess, type PeerName, server, visit } from "../../test/hostile/peers.ts"
import type { Answer, Question } from "./protocol.ts"

type Part = Exclude<Question, { readonly ask: "end" }>

/** For each part that is played, by its id: how to end it. */
const parts = new Map<number, () => void>()

const answer = (answer: Answer) => process.connected && process.send?.(answer)

/** Plays a part in this process: a client, or a server. Returns how to end it. */
const play = (peer: PeerName, question: Part) => {
  const { flood, id } = question
  const props = { flood, tell: (said: string) => answer({ id, said }) }
  if (question.ask === "visit") {
    const socket = visit(peer, question.target, props)
    return () => void socket.destroy()
  }
  const sockets = new Set<net.Socket>()
  const serving = server(peer, props).on("connection", socket => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  serving.listen(question.where, () => {
    const address = serving.address()
    answer({ id, port: typeof address === "object" && address !== null ? address.port : 0 })
  })
  return () => {
    serving.close()
    for (const socket of sockets) socket.destroy()
  }
}

const wordsOf = (question: Part): ReadonlyArray<string> => {
  const at = question.ask === "visit" ? question.target : question.where
  return [question.ask, "path" in at ? at.path : question.ask === "visit" ? String(at.port) : "tcp"]
}

/** Plays a part in a process of its own, because the peer kills its process or blocks it. Returns how to end it. */
const playAlone = (question: Part) => {
  const { id, peer } = question
  const args = ["--import", "tsx", "test/hostile/alone.ts", peer, ...wordsOf(question)]
  const child = childProcess.spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n")) {
      const [, port] = /^listening (\d*)$/.exec(line) ?? []
      if (port !== undefined) answer({ id, port: Number(port) })
    }
  })
  return () => void child.kill("SIGKILL")
}

process.on("message", (question: Question) => {
  if (question.ask === "end") {
    parts.get(question.id)?.()
    parts.delete(question.id)
  } else {
    const { peer } = question
    parts.set(question.id, needsProcess(peer) ? playAlone(question) : play(peer, question))
  }
})

process.on("disconnect", () => {
  for (const end of parts.values()) end()
  process.exit()
})
