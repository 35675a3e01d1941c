/** A process with a watchdog, for a test: it waits for 800 ms, which is no work, then loops without an end. */
import { startWatchdog } from "../../../lib/core/processes/watchdog";

startWatchdog()({ memory: 4000, processorSeconds: 0.5 });
process.on("disconnect", () => process.exit());
setTimeout(() => {
  process.send!("waited");
  for (;;);
}, 800);
