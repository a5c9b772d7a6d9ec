/** Memory in use, without what is only waiting to be collected. */
import * as v8 from "node:v8"
import * as vm from "node:vm"

v8.setFlagsFromString("--expose-gc")

const gc: () => void = vm.runInNewContext("gc")

/** Collects what nobody holds: it would count as memory in use. The first time lets go of buffers only later. */
export const collect = (): void => {
  gc()
  gc()
}
