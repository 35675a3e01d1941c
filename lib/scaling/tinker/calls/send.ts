import fetch from "node-fetch";
import { SearchUnavailable } from "../../../core/errors";
import { agents } from "../../../core/http/agents";
import { type AttemptResult, longestWait, outageOfStatus, withRetries } from "../../../core/http/retries";
import { retryAfter } from "../../../core/http/retry";
import { timedAttempt } from "../../../core/http/timed-attempt";
import { headerSecrets, veiled } from "../../../core/http/veiled";
import { random } from "../../../core/random";
import { protobufType } from "../wire/protobuf";

/** How a server is reached. */
export interface Address {
  readonly name: string; // of the server, for errors
  readonly base: string; // "http://host:port", without a slash at its end
  readonly headers: Readonly<Record<string, string>>;
}

/** One call. */
export interface Call {
  readonly path: string; // below /api/v1/
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: object | Uint8Array; // JSON, or protobuf bytes
  readonly attempts: number; // before an outage is an error
  readonly timeoutSeconds: number; // of one attempt
  readonly holds?: boolean; // whether the server may keep the call: running out of time is then a reply of 408
  readonly signal?: AbortSignal | undefined;
}

/** A reply that is no outage: success, or the server's word on what is wrong with the call. */
export interface ServerReply {
  readonly status: number;
  readonly json?: unknown; // absent where the body is protobuf
  readonly bytes?: Uint8Array; // present where it is
}

const firstPause = 0.5; // seconds before the second attempt

/**
 * Sends a call. A connection that was reset gets the same bytes once more at once: a server that has answered 500 drops
 * the connection that was kept alive, and the next call meets that. Waits and repeats where the network fails, time
 * runs out, or the status is 408, 425, 429 or 500 and above. Every call that changes a model has a `seq_id`, by which a
 * server knows a repetition.
 *
 * Throws SearchUnavailable when `attempts` have failed and where the key is refused; Interrupted when `signal` fires.
 */
export function send(address: Address, call: Call): Promise<ServerReply> {
  const { name, base } = address;
  const { attempts, timeoutSeconds, signal } = call;
  const url = `${base}/api/v1/${call.path}`;
  let resets = 0;
  const attempt = async (): Promise<AttemptResult<ServerReply>> => {
    const result = await sentOnce(address, url, call);
    if (result.kind === "again" && result.outage === "network" && isReset(result.cause) && resets++ === 0)
      return sentOnce(address, url, call);
    return result;
  };
  return withRetries(
    {
      name,
      url,
      what: `the call ${call.path}`,
      attempts,
      timeoutSeconds,
      firstPause,
      rng: random("tinker").fork(call.path),
      signal,
    },
    attempt,
    ({ why, after = 0, attempts: made, outage, cause }) =>
      new SearchUnavailable(
        name,
        `${call.path}: ${why}${after > longestWait ? `, and it asks for ${Math.ceil(after)} s of rest` : ""}, after ` +
          `${made} attempt${made === 1 ? "" : "s"}`,
        `See that a Tinker server listens at ${base}.`,
        { cause, outage },
      ),
  );
}

const isReset = (error: unknown): boolean =>
  ["ECONNRESET", "EPIPE"].includes(String((error as { code?: unknown } | undefined)?.code));

/** A call that the server may hold is answered with 408 by its time running out: the caller asks again. */
function sentOnce(
  { name, headers }: Address,
  url: string,
  { method = "POST", body, timeoutSeconds, holds = false, signal }: Call,
): Promise<AttemptResult<ServerReply>> {
  const secrets = headerSecrets(headers);
  const limits = { what: "the call", timeoutSeconds, signal, secrets };
  const late: AttemptResult<ServerReply> = { kind: "done", value: { status: 408 } };
  return timedAttempt<ServerReply>({ ...limits, ...(holds && { late }) }, async (stop) => {
    const response = await fetch(url, {
      method,
      headers: {
        ...(body && { "content-type": body instanceof Uint8Array ? protobufType : "application/json" }),
        accept: `application/json, ${protobufType}`,
        ...headers,
      },
      ...(body && { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
      redirect: "error",
      signal: stop,
      agent: ({ protocol }) => agents[protocol as keyof typeof agents],
    });
    const { status } = response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.headers.get("content-type")?.startsWith(protobufType))
      return { kind: "done", value: { status, bytes } };
    const text = veiled(new TextDecoder().decode(bytes), response.ok ? [] : secrets);
    // 409 is an answer: a name or a number was used before
    const cause = status === 409 || (holds && status === 408) ? undefined : outageOfStatus(status);
    if (cause === "refused")
      throw new SearchUnavailable(
        name,
        `HTTP ${status}: ${text.slice(0, 200)}`,
        "Pass the key that it wants: { apiKey }.",
        { outage: cause },
      );
    if (cause === undefined) return { kind: "done", value: { status, json: jsonOf(text) } };
    return {
      kind: "again",
      outage: cause,
      why: `HTTP ${status}: ${text.slice(0, 200)}`,
      after: retryAfter(response.headers.get("retry-after") ?? undefined),
    };
  });
}

/** JSON, or the text itself where it is none: an error page. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a reply says is wrong, in words. */
export function detailOf({ status, json }: ServerReply): string {
  const { detail, error } = (json ?? {}) as { detail?: unknown; error?: unknown };
  const said = detail ?? error ?? json;
  return `HTTP ${status}: ${(typeof said === "string" ? said : (JSON.stringify(said) ?? "")).slice(0, 300)}`;
}
