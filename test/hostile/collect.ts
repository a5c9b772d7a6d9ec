/** Garbage collection, so that tests measure memory without garbage. */
import * as v8 from "node:v8"
import * as vm from "node:vm"

v8.setFlagsFromString("--expose-gc")

const gc: () => void = vm.runInNewContext("gc")

/** Collects garbage. It runs twice, because buffers are freed only after the first run. */
export const collect = (): void => {
  gc()
  gc()
}
