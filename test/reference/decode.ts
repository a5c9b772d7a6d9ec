import { Encoding } from "effect-sockets"

// Left: a DecodeError whose message is Python's, "'ascii' codec can't decode byte 0xff in position 1: ..."
export const program = Encoding.decode(Uint8Array.of(104, 255), "ascii")
