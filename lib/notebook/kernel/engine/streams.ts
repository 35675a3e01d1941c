export type StreamName = "stdout" | "stderr";

/** What was printed, gathered: one piece of text of one stream and one origin. */
type Emit<Origin> = (name: StreamName, text: string, origin: Origin) => void;

/** How long text may wait, and how much of it, before it is sent. */
const gatherDefaults = {
  milliseconds: 20,
  characters: 65536,
};

/**
 * Gathers printed text so that 100,000 lines travel in some dozens of messages. The first piece after a
 * pause goes out at once: it must be seen even if the code that printed it never lets a timer fire again.
 * Order is kept: a piece goes out as soon as another stream or another origin writes, and `flush()` sends
 * what waits.
 */
export function gatherStreams<Origin>(emit: Emit<Origin>, { milliseconds, characters } = gatherDefaults) {
  let emitted = -Infinity; // when something last went out
  let waiting:
    | { name: StreamName; origin: Origin; parts: string[]; length: number; since: number; timer: NodeJS.Timeout }
    | undefined;

  const flush = (): void => {
    if (!waiting) return;
    const { name, parts, origin, timer } = waiting;
    waiting = undefined;
    clearTimeout(timer);
    emitted = performance.now();
    emit(name, parts.join(""), origin);
  };

  const write = (name: StreamName, text: string, origin: Origin): void => {
    if (text === "") return;
    if (waiting && (waiting.name !== name || waiting.origin !== origin)) flush();
    if (!waiting && performance.now() - emitted > milliseconds) {
      emitted = performance.now();
      return emit(name, text, origin);
    }
    waiting ??= {
      name,
      origin,
      parts: [],
      length: 0,
      since: performance.now(),
      timer: setTimeout(flush, milliseconds),
    };
    waiting.parts.push(text);
    waiting.length += text.length;
    // The clock is read here too: in a synchronous loop no timer fires, and the reader should still see progress.
    if (waiting.length > characters || performance.now() - waiting.since > milliseconds) flush();
  };

  return { write, flush };
}
