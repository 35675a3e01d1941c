/** What set-up knows of this machine: plain JavaScript, since the tests use it before there is a build. */
interface MachineSpeed {
  /** The factor for time limits: 1 on a usual machine with nothing else to do, more on a slower or a busier one. */
  slowness(): number;
}

/** Set-up is not compiled: this path leads to lib/setup from lib/cli/notebooks and from dist/cli/notebooks. */
export const machineSpeed = (): MachineSpeed => require("../../../lib/setup/machine-speed.js") as MachineSpeed;
