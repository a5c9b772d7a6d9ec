import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { Server } from "effect-sockets"

export class Public extends Context.Tag("my-app/Public")<Public, Server.Service>() {}
export class Admin extends Context.Tag("my-app/Admin")<Admin, Server.Service>() {}

export const servers = Layer.merge(
  Server.layerAs(Public, "[::]:8080", socket => socket.sendText("hello"), { maxConnections: 1000 }),
  Server.layerAs(Admin, "127.0.0.1:8081", socket => socket.sendText("all is well"))
)
