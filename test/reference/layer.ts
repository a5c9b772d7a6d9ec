import { Server } from "effect-sockets"

export const greeter = Server.layer("[::]:8080", socket => socket.sendText("hello"), {
  maxConnections: 1000,
  handlerTimeout: "5 seconds"
})
