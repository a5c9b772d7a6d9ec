import { Network } from "effect-sockets"

// Effect<Option<string>, AddressError | ResolveError | ConnectError | RecvError | DecodeError, Network>
export const program = Network.withConnection("server:8080", socket => socket.recvText(1024))
