import fetch from "node-fetch";
import { SearchUnavailable } from "../errors";
import { random } from "../random";
import { agents } from "./agents";
import { type AttemptResult, longestWait, outageOfStatus, withRetries } from "./retries";
import { retryAfter } from "./retry";
import { timedAttempt } from "./timed-attempt";
import { headerSecrets, veiled } from "./veiled";

const firstPause = 0.5; // seconds before the second attempt

/** How a server of one's own is spoken to. */
export interface ServerOptions {
  /** such as { authorization: "Bearer …" } */
  readonly headers?: Readonly<Record<string, string>>;
  /** before it counts as an outage; 5 if absent */
  readonly attempts?: number;
  /** of one attempt; 60 if absent */
  readonly timeoutSeconds?: number;
}

interface PostOptions extends ServerOptions {
  readonly method?: "POST" | "PUT" | "GET" | "DELETE";
  /** Why a reply is an outage that may pass, whatever its status says; undefined for one that is not. */
  readonly outage?: (status: number, json: unknown) => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A reply that is no outage: success, or the server's word on what is wrong with the request. */
export interface JsonReply {
  readonly status: number;
  readonly json: unknown;
}

/**
 * Sends JSON (or a text that is several of them) and reads JSON. Waits and repeats, with jitter and Retry-After, where
 * the network fails, time runs out, the status is 408, 409, 425, 429 or 500 and above, or `outage` says so (see
 * `withRetries`). A redirect is not followed, since the headers hold keys, and keys that a refusal repeats are blotted
 * out. Throws SearchUnavailable when `attempts` have failed, when the login is refused and where no JSON comes back;
 * Interrupted when `signal` fires.
 */
export async function postJson(
  name: string,
  url: string,
  body: object | string,
  options: PostOptions = {},
): Promise<JsonReply> {
  const { attempts = 5, timeoutSeconds = 60, signal } = options;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "application/x-ndjson" : "application/json";
  return withRetries(
    {
      name,
      url,
      what: "the request",
      attempts,
      timeoutSeconds,
      firstPause,
      rng: random("post-json").fork(url, text),
      signal,
    },
    () => sentOnce(name, url, text, type, { ...options, timeoutSeconds }),
    ({ why, after = 0, attempts: made, outage, cause }) =>
      new SearchUnavailable(
        name,
        `${why}${after > longestWait ? `, and it asks for ${Math.ceil(after)} s of rest` : ""}, after ${made} ` +
          `attempt${made === 1 ? "" : "s"}`,
        `See that a server listens at ${url}.`,
        { cause, outage },
      ),
  );
}

function sentOnce(
  name: string,
  url: string,
  body: string,
  type: string,
  {
    headers = {},
    method = "POST",
    outage = () => undefined,
    signal,
    timeoutSeconds,
  }: PostOptions & { readonly timeoutSeconds: number },
): Promise<AttemptResult<JsonReply>> {
  const secrets = headerSecrets(headers);
  return timedAttempt<JsonReply>({ what: "the request", timeoutSeconds, signal, secrets }, async (stop) => {
    const response = await fetch(url, {
      method,
      headers: { "content-type": type, accept: "application/json", ...headers },
      ...(method !== "GET" && method !== "DELETE" && { body }),
      redirect: "error",
      signal: stop,
      agent: ({ protocol }) => agents[protocol as keyof typeof agents],
    });
    const reply = await response.text();
    const text = response.ok ? reply : veiled(reply, secrets);
    const { status } = response;
    const down = outage(status, parsedOrNothing(text));
    const cause = outageOfStatus(status);
    if (down === undefined && cause === "refused")
      throw new SearchUnavailable(name, `HTTP ${status}: ${text.slice(0, 200)}`, refusals[status]!, { outage: cause });
    if (down === undefined && cause === undefined)
      return { kind: "done", value: { status, json: parsed(name, text, status, secrets) } };
    return {
      kind: "again",
      outage: cause ?? "server",
      why: veiled(down ?? `HTTP ${status}: ${text.slice(0, 200)}`, secrets),
      after: retryAfter(response.headers.get("retry-after") ?? undefined),
    };
  });
}

/** What to do about a status that every request would meet. */
const refusals: Readonly<Record<number, string>> = {
  401: "Pass the key or login it wants.",
  402: "Pay what the account owes.",
  403: "Pass the key or login it wants.",
  407: "Pass the login that the proxy wants.",
};

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whether that matters, its status decides
  }
}

function parsed(name: string, text: string, status: number, secrets: readonly string[]): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SearchUnavailable(
      name,
      `HTTP ${status} with a body that is not JSON: ${JSON.stringify(veiled(text, secrets).slice(0, 200))}`,
      "Is this the address of its API?",
      { outage: "reply" },
    ); // without the parser's error, which repeats the text
  }
}
