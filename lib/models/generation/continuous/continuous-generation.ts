import { Interrupted } from "../../../core/errors";
import type { Decoder } from "../../decoder/decoder-record";
import { decodingOf } from "../decoding/program-decoding";
import { yieldToEventLoop } from "../event-loop";
import { chooseForRows, commonSettings, takeDrawn } from "./choose-for-rows";
import { joinedRows } from "./joined-rows";
import { type Request, requestOf, type RequestOptions } from "./request";
import type { BatchLimits, RowLogits, RunningRows } from "./running-rows";
import { slotRows } from "./slot-rows";

/** Limits of a generation that goes on without an end. */
export interface ContinuousLimits extends BatchLimits {
  readonly queue: number; // requests that wait for a place at most
}

/** A request that was handed in. */
export interface Ticket {
  readonly request: Request;
  /**
   * Resolves when the request has ended, and before that when it has new tokens if it is streamed: to false once it has
   * ended and all was told. Rejects with
   * Interrupted where its signal has fired or the generation was closed, and with the error where a step failed.
   */
  news(): Promise<boolean>;
}

/** What a generation has to do at a moment, and what it has done. */
export interface Load {
  readonly running: number;
  readonly waiting: number;
  readonly cacheBytes: number;
  readonly tokens: number; // that were generated since the beginning
}

/** A model that generates as long as there are requests. */
export interface ContinuousGeneration {
  /**
   * Hands in a prompt. It joins the batch at the next token, or waits in a queue where the batch is full. Throws
   * QueueFull where the queue is full too, RangeError or TypeError for a prompt or options that are not allowed.
   */
  submit(prompt: readonly number[], options?: RequestOptions): Ticket;
  /** Throws QueueFull unless `count` more requests can wait. */
  expectPlaces(count: number): void;
  readonly load: Load;
  /** Ends all requests with Interrupted, and frees what the generation holds. The decoder is its owner's. */
  close(): Promise<void>;
}

/** There are more requests than may wait. */
export class QueueFull extends Error {
  override readonly name = "QueueFull";
}

/** Tokens of prompts that are read between two tokens of those that run: a long queue does not hold them up. */
const promptTokensAtOnce = 1024;

/** A waiting or running request, and who is told of it. */
interface Entry {
  readonly request: Request;
  readonly signal: AbortSignal | undefined;
  error: Error | undefined;
  fresh: boolean; // there is news that nobody was told
  tell: () => void;
}

/**
 * Generates for requests that come and go: continuous batching (Yu et al. 2022). A request joins the running batch at
 * the next token and leaves it when it ends. What it writes depends on its prompt and its options; other rows change
 * its logits by rounding only (generateBatch says how far). Borrows the decoder.
 *
 * While all running requests have the same settings and none looks at single logits, a card draws up to eight tokens of
 * each at a time: requests come and go after these, and a stream gets them together.
 */
export function continuousGeneration(decoder: Decoder, limits: ContinuousLimits): ContinuousGeneration {
  const { config, tokenizer } = decoder;
  const decoding = decodingOf(decoder);
  const rows: RunningRows<Request> = decoding.inPlace
    ? slotRows(config, decoding, decoding.inPlace, tokenizer.pad, limits)
    : joinedRows(config, decoding, tokenizer.pad, limits);
  const entries = new Map<Request, Entry>(); // of requests that wait or run
  let waiting: Request[] = [];
  let [tokens, closed] = [0, false];
  let wake = (): void => undefined;

  const expectPlaces = (count: number): void => {
    // a request that is handed in while the batch has room does not wait
    const places = limits.queue + Math.max(0, limits.batch - rows.live.length);
    if (waiting.length + count > places)
      throw new QueueFull(`${waiting.length} requests wait already; ${limits.queue} may. Try again later.`);
  };
  const told = (entry: Entry): void => {
    entry.fresh = true;
    entry.tell();
  };
  const end = (request: Request, error?: Error): void => {
    const entry = entries.get(request);
    if (!entry) return;
    entries.delete(request);
    entry.error = error;
    if (error) request.cancel();
    told(entry);
  };
  const endAll = (error: Error): void => {
    for (const request of [...entries.keys()]) end(request, error);
    waiting = [];
  };
  const dropAborted = (): void => {
    for (const [request, { signal }] of entries)
      if (signal?.aborted) end(request, new Interrupted("generation", { cause: signal.reason }));
    waiting = waiting.filter((request) => entries.has(request));
  };
  /** Takes as many waiting requests, in order, as fit beside the running ones. */
  const join = (): Request[] => {
    const fresh: Request[] = [];
    for (let read = 0; waiting.length > 0; ) {
      const [next] = waiting as [Request];
      read += next.prompt.length;
      if ((fresh.length > 0 && read > promptTokensAtOnce) || !rows.fits([...fresh, next])) break;
      fresh.push(waiting.shift()!);
    }
    return fresh;
  };
  /** Tells of a token that each row got but those that are bad. */
  const tellOf = (these: RowLogits<Request>["rows"], bad: readonly Request[]): void => {
    for (const request of bad)
      end(request, new RangeError("generate: the model's logits are no numbers. Its weights hold NaN."));
    for (const request of these) {
      const entry = request && entries.get(request);
      if (!entry) continue;
      tokens++;
      if (request.ended) end(request);
      else if (request.settings.watched) told(entry);
    }
  };
  const choose = async (step: RowLogits<Request>): Promise<void> => tellOf(step.rows, await chooseForRows(step));
  const next = async (): Promise<void> => {
    const settings = rows.draw && commonSettings(rows.live);
    if (!settings) return choose(rows.next());
    const drawn = rows.draw!(settings);
    for (let t = 0; t < drawn.steps; t++) tellOf(drawn.rows, takeDrawn(drawn, t));
  };
  const run = async (): Promise<void> => {
    while (!closed) {
      dropAborted();
      if (waiting.length === 0 && rows.live.length === 0) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      try {
        const fresh = join();
        if (fresh.length > 0) {
          await choose(rows.admit(fresh));
          await yieldToEventLoop(); // the first tokens go out before the next ones are computed
        }
        if (rows.live.length > 0) await next();
      } catch (error) {
        endAll(error as Error);
        rows.clear();
      }
      await yieldToEventLoop();
    }
  };
  const running = run();

  return {
    expectPlaces,
    submit(prompt, options = {}) {
      const { signal } = options;
      if (closed) throw new Interrupted("generation");
      const request = requestOf(decoder, prompt, options);
      expectPlaces(1);
      const entry: Entry = { request, signal, error: undefined, fresh: false, tell: () => undefined };
      entries.set(request, entry);
      waiting.push(request);
      signal?.addEventListener("abort", () => wake(), { once: true });
      wake();
      return {
        request,
        async news() {
          if (!entry.fresh) {
            if (!entries.has(request)) return false;
            await new Promise<void>((resolve) => (entry.tell = resolve));
          }
          entry.fresh = false;
          if (entry.error) throw entry.error;
          return true;
        },
      };
    },
    get load() {
      return { running: rows.live.length, waiting: waiting.length, cacheBytes: rows.bytes, tokens };
    },
    async close() {
      closed = true;
      wake();
      await running;
      endAll(new Interrupted("generation"));
      rows.clear();
      decoding.dispose?.();
    },
  };
}
