/** A process that says when it begins to wait and when its half second is over, for a test that stops it meanwhile. */
import { afterRunning } from "../../../lib/core/processes/after-running";

process.on("disconnect", () => process.exit());
process.send!("begun");
afterRunning(0.5, () => process.send!("late"));
