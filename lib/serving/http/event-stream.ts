import { Readable } from "node:stream";
import type { Reply } from "./app";
import { asHttpError } from "./as-http-error";
import { errorBody } from "./http-error";

/**
 * Answers with server-sent events: `events` as JSON, one at a time. An error before the first one is the answer's
 * status; an error later is an event of its own, since the status has been sent, and ends the stream without `last`.
 *
 * @param last what ends a complete stream, such as OpenAI's "[DONE]"
 */
export async function sendEvents(reply: Reply, events: AsyncGenerator<object, void>, last?: string): Promise<Reply> {
  const first = await events.next();
  const lines = async function* (): AsyncGenerator<string, void> {
    try {
      if (!first.done) yield line(JSON.stringify(first.value));
      for await (const event of events) yield line(JSON.stringify(event));
      if (last !== undefined) yield line(last);
    } catch (error) {
      reply.log.error({ err: error }, "a stream broke off");
      yield line(JSON.stringify(errorBody(asHttpError(error as Error))));
    } finally {
      await events.return();
    }
  };
  return reply
    .header("cache-control", "no-cache")
    .type("text/event-stream; charset=utf-8")
    .send(Readable.from(lines(), { objectMode: false }));
}

const line = (data: string): string => `data: ${data}\n\n`;
