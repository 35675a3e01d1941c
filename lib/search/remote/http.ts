import fetch from "node-fetch";
import { agents } from "../../core/http/agents";
import type { Question, Reply } from "./exchange";

const largest = 64 * 2 ** 20; // bytes of a reply; ten thousand identifiers take 130 kB, 200 records 4 MB

/**
 * Sends a question and reads the whole reply. Throws the errors of node-fetch: a network error, a time limit, an abort.
 */
export async function send(
  { url, params, secret, post }: Question,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<Reply> {
  const form = new URLSearchParams({ ...params, ...secret });
  const response = await fetch(post ? url : `${url}?${form}`, {
    ...(post ? { method: "POST", body: form } : {}),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    agent: ({ protocol }) => agents[protocol as keyof typeof agents],
    size: largest,
  });
  const retryAfter = response.headers.get("retry-after");
  return {
    status: response.status,
    type: response.headers.get("content-type") ?? "",
    body: await response.text(),
    ...(retryAfter === null ? {} : { retryAfter }),
  };
}
