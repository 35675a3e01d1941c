import fetch from "node-fetch";
import { Interrupted, SearchUnavailable, throwIfAborted } from "../errors";
import { random } from "../random";
import { wallClock } from "./clock";
import { agents } from "./agents";
import { backOff, retryAfter } from "./retry";
import { waitFor, type Waiting } from "./waiting";

const firstPause = 0.5; // seconds before the second attempt
const longestWait = 120; // seconds; a server that asks for more is down for our purposes

/** How a server of one's own is spoken to. */
export interface ServerOptions {
  /** such as { authorization: "Bearer …" } */
  readonly headers?: Readonly<Record<string, string>>;
  /** before it counts as an outage; 5 if absent */
  readonly attempts?: number;
  /** of one attempt; 60 if absent */
  readonly timeoutSeconds?: number;
}

export interface PostOptions extends ServerOptions {
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
 * Sends JSON (or a text that is several of them) and reads JSON. Waits and repeats, with jitter and Retry-After, where the network
 * fails, time runs out, the status is 408, 409, 425, 429 or 500 and above, or `outage` says so. A redirect is not followed, since the headers hold keys, and keys
 * that a refusal repeats are blotted out. Throws SearchUnavailable when `attempts` have failed, when the
 * login is refused and where no JSON comes back; Interrupted when `signal` fires.
 */
export async function postJson(
  name: string,
  url: string,
  body: object | string,
  options: PostOptions = {},
): Promise<JsonReply> {
  const { attempts = 5, timeoutSeconds = 60 } = options;
  const waiting = waitFor(name, url, { attempts, timeoutSeconds, firstPause });
  try {
    return await posted(name, url, body, { ...options, attempts, timeoutSeconds }, waiting);
  } finally {
    waiting.end();
  }
}

async function posted(
  name: string,
  url: string,
  body: object | string,
  {
    headers = {},
    attempts,
    timeoutSeconds,
    method = "POST",
    outage = () => undefined,
    signal,
  }: PostOptions & Required<Pick<PostOptions, "attempts" | "timeoutSeconds">>,
  waiting: Waiting,
): Promise<JsonReply> {
  const type = typeof body === "string" ? "application/x-ndjson" : "application/json";
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  let why = "";
  let cause: unknown;
  let made = 0;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    made = attempt;
    throwIfAborted(signal, "the request"); // before the call: node-fetch crashes the process where a signal has fired already
    let wait = 0;
    const stop = new AbortController();
    const abort = () => stop.abort();
    const timer = setTimeout(abort, timeoutSeconds * 1000);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const response = await fetch(url, {
        method,
        headers: { "content-type": type, accept: "application/json", ...headers },
        ...(method !== "GET" && method !== "DELETE" && { body: sent }),
        redirect: "error",
        signal: stop.signal,
        agent: ({ protocol }) => agents[protocol as keyof typeof agents],
      });
      const said = await response.text();
      const text = response.ok ? said : veiled(said, headers);
      const { status } = response;
      const down = outage(status, parsedOrNothing(text));
      const fix = refusals[status];
      if (down === undefined && fix !== undefined)
        throw new SearchUnavailable(name, `HTTP ${status}: ${text.slice(0, 200)}`, fix);
      if (down === undefined && !passing.has(status) && status < 500)
        return { status, json: parsed(name, text, status, headers) };
      why = down ?? `HTTP ${status}: ${text.slice(0, 200)}`;
      wait = retryAfter(response.headers.get("retry-after") ?? undefined) ?? 0;
      if (wait > longestWait) {
        why += `, and it asks for ${Math.ceil(wait)} s of rest`;
        break;
      }
    } catch (error) {
      if (signal?.aborted) throw new Interrupted("the request", { cause: error });
      if ((error as Error).name === "SearchUnavailable") throw error;
      why = stop.signal.aborted ? `no reply within ${timeoutSeconds} s` : (error as Error).message;
      cause = error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
    if (attempt === attempts) break;
    const pause = Math.max(wait, backOff(attempt, firstPause, random("post-json").fork(url, sent)));
    waiting.failed(veiled(why, headers), pause);
    await wallClock.sleep(pause * 1000, signal);
  }
  throw new SearchUnavailable(
    name,
    `${why}, after ${made} attempt${made === 1 ? "" : "s"}`,
    `See that a server listens at ${url}.`,
    { cause },
  );
}

/** Statuses that every request would meet, and what to do. */
const refusals: Readonly<Record<number, string>> = {
  401: "Pass the key or login it wants.",
  402: "Pay what the account owes.",
  403: "Pass the key or login it wants.",
  407: "Pass the login that the proxy wants.",
};

/** Statuses below 500 that may pass. */
const passing: ReadonlySet<number> = new Set([408, 409, 425, 429]);

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whether that matters, its status decides
  }
}

function parsed(name: string, text: string, status: number, headers: Readonly<Record<string, string>>): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SearchUnavailable(
      name,
      `HTTP ${status} with a body that is not JSON: ${JSON.stringify(veiled(text, headers).slice(0, 200))}`,
      "Is this the address of its API?",
    ); // without the parser's error, which repeats the text
  }
}

/** A reply without the keys and logins that were sent: some servers repeat them in their complaints. */
const veiled = (text: string, headers: Readonly<Record<string, string>>): string =>
  Object.values(headers)
    .map((value) => value.split(" ").at(-1)!)
    .filter((secret) => secret.length >= 8)
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
