import { SearchUnavailable } from "../../../core/errors";
import { type Clock, wallClock } from "../../../core/http/clock";
import { type Address, detailOf, type ServerReply, send } from "./send";

/** The result of a call that a server carries out later. */
export type Outcome =
  | { readonly kind: "done"; readonly reply: ServerReply }
  /** the server could not do it; it was not done */
  | { readonly kind: "failed"; readonly why: string; readonly byUser: boolean }
  /** the server does not know the call or its model any more, so that nothing is known of its effect */
  | { readonly kind: "lost"; readonly why: string }
  /** the server has forgotten the call, and the same call may be sent again */
  | { readonly kind: "expired"; readonly why: string };

/** How a future is waited for. */
export interface Patience {
  readonly attempts: number; // at one question, while the server does not answer at all
  readonly resultSeconds: number; // after which a result that is not there is an outage
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/** Seconds of one question. A server may hold it for minutes; the official client gives up after 45 s, too. */
const timeoutSeconds = 45;
const pauses = { first: 0.25, most: 10 }; // seconds between questions that are answered at once

/**
 * Waits for the result of request `id`. Questions that the server holds are asked again when they run out of time;
 * those that it answers with "not yet" are asked again with back-off. Throws SearchUnavailable, also for a result that
 * is not there after `resultSeconds`; Interrupted.
 */
export async function resultOf(address: Address, id: string, patience: Patience): Promise<Outcome> {
  const { signal, clock = wallClock, attempts, resultSeconds } = patience;
  const until = clock.now() + resultSeconds * 1000;
  for (let pause = pauses.first; ; pause = Math.min(pause * 2, pauses.most)) {
    const body = { request_id: id };
    const reply = await send(address, { path: "retrieve_future", body, holds: true, timeoutSeconds, attempts, signal });
    const outcome = reply.status === 408 ? "pending" : outcomeOf(reply); // 408: it held the question
    if (outcome !== "pending") return outcome;
    if (clock.now() >= until) throw neverReady(address, id, resultSeconds, reply);
    if (reply.status !== 408) await clock.sleep(pause * 1000, signal);
  }
}

function neverReady({ name }: Address, id: string, seconds: number, { json }: ServerReply): SearchUnavailable {
  const { queue_state } = (json ?? {}) as { queue_state?: unknown };
  return new SearchUnavailable(
    name,
    `request ${id} has no result after ${seconds} s` +
      (typeof queue_state === "string" ? ` (queue: ${queue_state})` : ""),
    "See its log; the run goes on from its last checkpoint with { resume: true }. Longer is { resultSeconds }.",
    { outage: "timeout" },
  );
}

/** What a reply to retrieve_future means. */
function outcomeOf(reply: ServerReply): Outcome | "pending" {
  const { status, json, bytes } = reply;
  if (bytes) return { kind: "done", reply };
  const { type, error, category, status: state } = (json ?? {}) as Record<string, unknown>;
  if (status === 200 && (type === "try_again" || state === "complete_metadata")) return "pending";
  if (status === 200 && typeof error === "string")
    return isLoss(error)
      ? { kind: "lost", why: error }
      : { kind: "failed", why: error, byUser: category !== "server" && category !== "unknown" };
  if (status === 200) return { kind: "done", reply };
  const why = detailOf(reply);
  if (status === 410) return { kind: "expired", why };
  if (status === 404 || isLoss(why)) return { kind: "lost", why };
  return { kind: "failed", why, byUser: true };
}

/**
 * Whether a server says that it has no such model: it was restarted, or has unloaded the models of a silent session.
 */
export const isLoss = (why: string): boolean =>
  /\bmodel\b.{0,80}\bnot (?:loaded|found)\b|\bsession\b.{0,40}\bnot found\b/i.test(why);
