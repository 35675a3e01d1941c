import { type OutageCause, SearchUnavailable, throwIfAborted } from "../../core/errors";
import { random } from "../../core/random";
import { type AttemptResult, withRetries } from "../../core/http/retries";
import { retryAfter } from "../../core/http/retry";

/** How to reach a hub, and its time limits and retries. */
export interface HubConnection {
  readonly endpoint: string; // origin of the hub or of a mirror, without a slash at its end
  readonly token: string | undefined; // for private and gated repositories; sent to the endpoint only
  readonly idle: number; // seconds without a byte after which an attempt is given up
  readonly attempts: number; // tries of one request, or of one file since it last grew
  readonly wait: number; // seconds before the second attempt; doubled each time, and longer where Retry-After says so
  readonly signal: AbortSignal | undefined;
}

const busy = new Set([408, 425, 429, 500, 502, 503, 504]); // worth another attempt

/** An attempt failed, and another attempt may succeed. */
export class Again extends Error {
  override readonly name = "Again";
  readonly outage: OutageCause;
  constructor(
    why: string,
    readonly after = 0,
    { outage = "network", ...options }: ErrorOptions & { readonly outage?: OutageCause } = {},
  ) {
    super(why, options);
    this.outage = outage;
  }
}

/**
 * Runs `attempt` until it succeeds, at most `attempts` times without progress; an Again from `attempt`, or a failure of
 * the connection, is tried again after a pause. Throws SearchUnavailable when all attempts have failed.
 */
export function patiently<T>(
  what: string,
  connection: HubConnection,
  attempt: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  const { endpoint, attempts, wait, idle, signal } = connection;
  const tried = async (): Promise<AttemptResult<T>> => {
    try {
      return { kind: "done", value: await attempt() };
    } catch (error) {
      throwIfAborted(signal, what);
      if (!passing(error)) throw error;
      const { outage = "network", after } = error as Partial<Again>;
      return { kind: "again", outage, why: reason(error), after, cause: error };
    }
  };
  return withRetries(
    {
      name: "the hub",
      url: endpoint,
      what,
      attempts,
      timeoutSeconds: idle,
      firstPause: wait,
      rng: random("hub").fork(what),
      signal,
      progress,
    },
    tried,
    ({ why, attempts: made, outage, cause }) =>
      new SearchUnavailable(
        endpoint,
        `${what}: ${why}, ${made} times in a row`,
        "Try again later: what has arrived is kept. Or pass { endpoint } of a mirror",
        { cause, outage },
      ),
  );
}

/** Network failures carry the name TypeError ("fetch failed") in Node, with the system's error as cause. */
const passing = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === "Again" || (error.name === "TypeError" && /fetch failed|terminated/.test(error.message)));

function reason(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === "Again") return message;
  const system = cause as (Error & { code?: string }) | undefined;
  return system?.code ?? system?.message ?? message;
}

/**
 * One request: waits at most `idle` seconds for its head, sends the token to the endpoint alone. Throws Again where the
 * hub is busy, and an error that says why where it refuses.
 */
export async function request(
  what: string,
  url: string,
  connection: HubConnection,
  headers: Record<string, string> = {},
): Promise<{ response: Response; alive: () => void; end: () => void }> {
  const { endpoint, token, idle, signal } = connection;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), idle * 1000);
  const alive = (): void => void timer.refresh();
  const stop = (): void => silence.abort();
  signal?.addEventListener("abort", stop, { once: true });
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    silence.abort(); // an unread body would keep its socket
  };
  try {
    const own = new URL(url).origin === new URL(endpoint).origin;
    const response = await fetch(url, {
      headers: { ...headers, ...(token && own ? { authorization: `Bearer ${token}` } : {}) },
      signal: silence.signal,
    });
    if (busy.has(response.status))
      throw new Again(`HTTP ${response.status}`, retryAfter(response.headers.get("retry-after") ?? undefined) ?? 0, {
        outage: response.status === 429 ? "rate_limit" : "server",
      });
    refuse(what, response.status, connection);
    return { response, alive, end };
  } catch (error) {
    end();
    if (silence.signal.aborted && (error as Error).name === "AbortError")
      throw new Again(`no answer for ${idle} s`, 0, { cause: error, outage: "timeout" });
    throw error;
  }
}

function refuse(what: string, status: number, { token }: HubConnection): void {
  if (status === 401 || status === 403) {
    throw new TypeError(
      `${what}: HTTP ${status}, ${token ? "the token does not open it" : "it is private, gated or misspelt"}. ` +
        `${token ? "Accept its terms on its page, or use another token" : "Check the name, or pass { token }"}.`,
    );
  }
  if (status === 404)
    throw new RangeError(
      `${what}: HTTP 404, there is nothing of that name. Check the repository, its kind (model or dataset) and ` +
        "the revision.",
    );
  if (status >= 400 && status !== 416)
    throw new RangeError(`${what}: HTTP ${status}. Check the endpoint and the name.`);
}

/**
 * A `fetch` for @huggingface/hub with the retries, time limits and token of `connection`. It reads whole bodies, since
 * the JSON answers are small.
 */
export const patientFetch =
  (what: string, connection: HubConnection): typeof fetch =>
  async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = Object.fromEntries(new Headers(init?.headers).entries());
    return patiently(what, connection, async () => {
      const { response, end } = await request(what, url, connection, headers);
      try {
        const body = await response.arrayBuffer().catch((cause: unknown) => {
          throw new Again("the answer broke off", 0, { cause });
        });
        return new Response(body, { status: response.status, headers: response.headers });
      } finally {
        end();
      }
    });
  };
