import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { projectPath } from "../../data/paths";
import { record, scalarsEvent, versionEvent } from "./event-file";
import { finiteFigures, type Sink } from "./sink";

/**
 * Keeps the figures of a run where TensorBoard reads them: an event file in `folder`. Start it with
 * `tensorboard --logdir FOLDER`; each subfolder is one run.
 *
 * The file is written here, because no maintained package writes one: it is 60 lines of a stable format. A number that
 * is not finite is left out.
 *
 * @param folder made where it is not there
 * @param now the time, in milliseconds since 1970
 */
export function tensorBoard(folder: string, now: () => number = Date.now): Sink {
  const place = projectPath(folder);
  let file: string | undefined;
  const opened = (): string => {
    if (file !== undefined) return file;
    mkdirSync(place, { recursive: true });
    const seconds = now() / 1000;
    const stamp = String(Math.floor(seconds)).padStart(10, "0");
    const name = `events.out.tfevents.${stamp}.${hostname()}.${process.pid}.0.v2`;
    writeFileSync(join(place, name), record(versionEvent(seconds)), { flag: "a" });
    file = join(place, name);
    return file;
  };
  return {
    name: "TensorBoard",
    log: (steps) => {
      const bytes = steps.map((step, i) => record(scalarsEvent(now() / 1000, step.step ?? i + 1, finiteFigures(step))));
      appendFileSync(opened(), Buffer.concat(bytes));
    },
    close: () => undefined,
  };
}
