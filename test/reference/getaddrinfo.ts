import { Names } from "effect-sockets"

// Its addresses, best first, each with port 80.
export const program = Names.getaddrinfo("server", "http")
