import { Socket } from "effect-sockets"

export const counted = (socket: Socket.Socket, count: (bytes: number) => void) =>
  Socket.wrap(socket, { onRecv: bytes => count(bytes.length) })
