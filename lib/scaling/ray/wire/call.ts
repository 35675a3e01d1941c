import { Interrupted, SearchUnavailable } from "../../../core/errors";
import { type AttemptResult, longestWait, outageOfStatus, withRetries } from "../../../core/http/retries";
import { retryAfter } from "../../../core/http/retry";
import { headerSecrets, veiled } from "../../../core/http/veiled";
import { random } from "../../../core/random";
import { exchange, type RayCall, type RayReply } from "./exchange";
import type { RayServer } from "./server";

const firstPause = 0.5; // seconds before the second attempt

/**
 * Sends a call, and repeats it where the network fails, time runs out, or the status is 408, 425, 429, 502, 503 or 504.
 * Status 500 is a reply: Ray answers so where a call is wrong, a number that is taken for one.
 *
 * Throws SearchUnavailable when the attempts have failed, where the token is missing or wrong, where the certificate is
 * not known, and where a page of HTML or a redirect comes back; Interrupted when the signal fires.
 */
export function rayCall(server: RayServer, call: RayCall): Promise<RayReply> {
  const { name, base, attempts, timeoutSeconds } = server;
  const { method = "GET", path, signal } = call;
  const what = `${method} ${path.replace(/\?.*$/, "")}`;
  return withRetries(
    {
      name,
      url: base,
      what: `the call ${what}`,
      attempts,
      timeoutSeconds,
      firstPause,
      rng: random("ray").fork(what),
      signal,
    },
    () => attempt(server, call, what),
    ({ why, after = 0, attempts: made, outage, cause }) =>
      new SearchUnavailable(
        name,
        `${what}: ${why}${after > longestWait ? `, and it asks for ${Math.ceil(after)} s of rest` : ""}, after ` +
          `${made} attempt${made === 1 ? "" : "s"}`,
        `See that Ray's dashboard listens at ${base} and can be reached from here.`,
        { cause, outage },
      ),
  );
}

/** Statuses that may pass. */
const passing = new Set([408, 425, 429, 502, 503, 504]);

/** What to do about a status that every call would meet. */
const refusals: Readonly<Record<number, string>> = {
  401: "The cluster wants a token: pass { token }, or set RAY_AUTH_TOKEN.",
  403: "The token is not the cluster's: pass another { token }, or set RAY_AUTH_TOKEN.",
  407: "A proxy wants a login.",
};

async function attempt(server: RayServer, call: RayCall, what: string): Promise<AttemptResult<RayReply>> {
  const { name, base } = server;
  const secrets = headerSecrets(server.headers);
  let reply: RayReply;
  try {
    reply = await exchange(server, call);
  } catch (error) {
    if (call.signal?.aborted) throw new Interrupted(`the call ${what}`, { cause: error });
    const { code = "", message } = error as NodeJS.ErrnoException;
    const fix = lastingFailure(code, base);
    if (fix !== undefined)
      throw new SearchUnavailable(name, `${what}: ${message} (${code})`, fix, { cause: error, outage: "network" });
    const why = message === "" ? code : veiled(message, secrets);
    return { kind: "again", outage: code === "ETIMEDOUT" ? "timeout" : "network", why, cause: error };
  }
  const { status } = reply;
  const text = veiled(textOf(reply).slice(0, 300), secrets);
  const refusal = refusals[status];
  if (refusal !== undefined)
    throw new SearchUnavailable(name, `${what}: HTTP ${status}: ${text}`, refusal, { outage: "refused" });
  if (status >= 300 && status < 400)
    throw new SearchUnavailable(
      name,
      `${what}: HTTP ${status}, a redirect to ${reply.headers.location ?? "nowhere"}`,
      "Redirects are not followed. If that is Ray's dashboard, use its address; if it is a login, use a token.",
      { outage: "reply" },
    );
  const outage = passing.has(status) ? outageOfStatus(status) : undefined;
  if (outage !== undefined)
    return {
      kind: "again",
      outage,
      why: `HTTP ${status}: ${text}`,
      after: retryAfter(reply.headers["retry-after"]),
    };
  if (/^text\/html/.test(reply.type))
    throw new SearchUnavailable(
      name,
      `${what}: HTTP ${status} with a page of HTML (${titleOf(text)}) in place of JSON`,
      "A proxy or a login stands before it, or the address is another service's. Use that of Ray's dashboard.",
      { outage: "reply" },
    );
  return { kind: "done", value: reply };
}

/** What to do about a failure that no repetition changes; undefined for one that may pass. */
function lastingFailure(code: string, base: string): string | undefined {
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(HAS_EXPIRED|UNTRUSTED)|ALTNAME_INVALID/.test(code))
    return 'Its certificate is not known here. Pass { ca: "FILE.pem" } with the certificate that signed it.';
  if (code === "EPROTO" || /^ERR_SSL/.test(code))
    return `It does not speak TLS there. Try ${base.replace(/^https/, "http")}.`;
  if (/^HPE_/.test(code)) return `It does not speak HTTP there. Try ${base.replace(/^http:/, "https:")}.`;
  return undefined;
}

const titleOf = (html: string): string =>
  JSON.stringify(/<title>\s*([^<]*)/i.exec(html)?.[1]?.trim() ?? html.slice(0, 60));

export const textOf = ({ bytes }: RayReply): string => new TextDecoder().decode(bytes);

/**
 * The JSON of a reply that says success. Throws SearchUnavailable for another status, with the last line of what the
 * server says of it, and for a body that is no JSON.
 */
export function jsonOf({ name }: RayServer, reply: RayReply, what: string): unknown {
  const text = textOf(reply);
  if (reply.status !== 200)
    throw new SearchUnavailable(
      name,
      `${what}: HTTP ${reply.status}: ${lastLine(text)}`,
      "See the log of its dashboard.",
      {
        outage: reply.status >= 500 ? "server" : "reply",
      },
    );
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new SearchUnavailable(
      name,
      `${what}: a body that is not JSON: ${JSON.stringify(text.slice(0, 200))}`,
      "Is this the address of Ray's dashboard?",
      { outage: "reply" },
    );
  }
}

/** The last line of a traceback, which names the error. */
export const lastLine = (text: string): string =>
  text
    .trim()
    .split("\n")
    .filter((line) => !/^\s*\.?\s*$/.test(line))
    .at(-1)
    ?.trim()
    .slice(0, 300) ?? "an empty body";
