import type { Message } from "../kernel/wire/messages";
import { displayId } from "./collect";

/** How long the steps of a running cell take, told from the moments at which its live display is redrawn. */
interface Pace {
  /** Looks at a message of the running cell. */
  see(message: Pick<Message, "header" | "content">): void;
  /** Forgets the cell: it has ended. */
  end(): void;
  /** Seconds that the present step will probably still take; undefined where too little is known. */
  left(): number | undefined;
  /** Whether the cell works in steps: it has redrawn a display. */
  steps(): boolean;
}

const remembered = 5; // steps whose mean counts
const overdue = 2; // a step that takes this many times the mean does not count as a usual step

/** @param now time in ms */
export function createPace(now = (): number => performance.now()): Pace {
  let last: number | undefined;
  let took: number[] = []; // ms of the latest steps, oldest first
  return {
    see({ header: { msg_type }, content }) {
      if (!["display_data", "update_display_data"].includes(msg_type) || displayId(content) === undefined) return;
      if (last !== undefined && msg_type === "update_display_data") took = [...took, now() - last].slice(-remembered);
      last = now();
    },
    end() {
      last = undefined;
      took = [];
    },
    left() {
      if (last === undefined || took.length === 0) return undefined;
      const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
      const since = now() - last;
      return since > overdue * mean ? undefined : Math.max(0, mean - since) / 1000;
    },
    steps: () => took.length > 0 || last !== undefined,
  };
}

/** The message after the first Ctrl-C. */
export function stopLine(pace: Pick<Pace, "left" | "steps">): string {
  const left = pace.left();
  const about =
    left === undefined
      ? ""
      : `, about ${left < 90 ? `${Math.max(1, Math.round(left))} s` : `${Math.round(left / 60)} min`}`;
  return `stopping ${pace.steps() ? `after this step${about}` : "the cell"}; Ctrl-C again to stop now`;
}
