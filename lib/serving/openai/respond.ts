import type { Ticket } from "../../models/generation/continuous/continuous-generation";
import type { RequestOptions } from "../../models/generation/continuous/request";
import type { ServedModel } from "../batching/served-model";
import type { Reply } from "../http/app";
import { sendEvents } from "../http/event-stream";
import { requestSignal, timedOut } from "../http/request-signal";
import { merged, type Piece, pieces, whole } from "./choice";
import { asBadRequest, type SamplingFields } from "./sampling-fields";

/** How an endpoint writes its answers. */
interface Shape {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly object: string;
  readonly chunk: string; // the object of a part of a stream
  readonly choice: (index: number, piece: Piece) => object;
  /** The choice in a part of a stream. */
  readonly delta: (index: number, piece: Piece, first: boolean) => object;
}

/**
 * Answers with the responses to `prompts`, `n` for each, whole or as a stream. All of them join the queue, or none
 * does.
 */
export async function respond(
  reply: Reply,
  model: ServedModel,
  prompts: readonly (readonly number[])[],
  fields: SamplingFields,
  options: Omit<RequestOptions, "index">,
  shape: Shape,
): Promise<object> {
  const n = fields.n ?? 1;
  const signal = requestSignal(reply, model.seconds);
  const streamed = fields.stream === true;
  model.generation.expectPlaces(prompts.length * n);
  const tickets = prompts.flatMap((prompt) =>
    Array.from({ length: n }, (_, index) =>
      asBadRequest(() => model.generation.submit(prompt, { ...options, index, signal, streamed })),
    ),
  );
  const { id, created, model: name, object, chunk } = shape;
  const usage = () => usageOf(prompts, tickets);
  const sources = tickets.map((ticket) => pieces(ticket, model, options.topLogps !== undefined));
  try {
    if (!streamed) {
      const done = await Promise.all(sources.map(whole));
      return {
        id,
        object,
        created,
        model: name,
        choices: done.map((piece, i) => shape.choice(i, piece)),
        usage: usage(),
      };
    }
    const counted = fields.stream_options?.include_usage === true;
    const part = (choices: readonly object[]) => ({
      ...{ id, object: chunk, created, model: name, choices },
      ...(counted && { usage: choices.length > 0 ? null : usage() }),
    });
    const events = async function* (): AsyncGenerator<object, void> {
      const begun = new Set<number>();
      try {
        for await (const [index, piece] of merged(sources)) {
          yield part([shape.delta(index, piece, !begun.has(index))]);
          begun.add(index);
        }
        if (counted) yield part([]);
      } catch (error) {
        throw timedOut(error, signal, model.seconds);
      }
    };
    return await sendEvents(reply, events(), "[DONE]");
  } catch (error) {
    for (const { request } of tickets) request.cancel();
    throw timedOut(error, signal, model.seconds);
  }
}

function usageOf(prompts: readonly (readonly number[])[], tickets: readonly Ticket[]) {
  const prompt = prompts.reduce((sum, { length }) => sum + length, 0);
  const completion = tickets.reduce((sum, { request }) => sum + request.tokens.length, 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
