/**
 * Sets options of the operating system on a connected socket.
 *
 * @internal
 */
import * as net from "node:net"
import type { StreamOptions } from "../connect/index.ts"

type Options = Pick<StreamOptions, "keepAlive" | "typeOfService">

/** Methods of a socket that not every version of Node has. */
interface Newer {
  readonly setKeepAlive: (enable: boolean, delay: number, interval?: number, count?: number) => void
  readonly setTypeOfService?: (value: number) => void
}

const newer: Newer = net.Socket.prototype

/** Node before 24 ignores the parameters for the interval and the count. */
const hasProbes = newer.setKeepAlive.length === 4

/** True if this version of Node can set the options. */
export const canSet = ({ keepAlive, typeOfService }: Options): boolean =>
  (hasProbes || (keepAlive?.interval === undefined && keepAlive?.count === undefined)) &&
  (typeOfService === undefined || newer.setTypeOfService !== undefined)

/** The error of options that this version of Node cannot set. */
export const cannotSet = { code: "ENOPROTOOPT" }

/** Sets the options. Throws the error of the operating system if it refuses one. */
export const setOptions = (socket: net.Socket, { keepAlive, typeOfService }: Options): void => {
  const { setKeepAlive, setTypeOfService } = socket as Newer
  if (keepAlive !== undefined) {
    const { count = 10, delay, interval = 1 } = keepAlive
    setKeepAlive.call(socket, true, delay * 1000, interval * 1000, count)
  }
  if (typeOfService !== undefined) setTypeOfService?.call(socket, typeOfService)
}
