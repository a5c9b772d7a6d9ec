import { Names } from "effect-sockets"

// The addresses of the host, best first, each with port 80.
export const program = Names.getaddrinfo("server", "http")
