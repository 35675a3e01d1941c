import { createHash } from "node:crypto";

/** What is asked of a remote engine. */
export interface Question {
  readonly url: string; // without parameters
  readonly params: Readonly<Record<string, string>>;
  readonly secret?: Readonly<Record<string, string>>; // sent along, part of no key, never stored: an API key, who asks
  readonly post?: boolean; // parameters in a form body: they are too long for a URL
  readonly longForm?: boolean; // the service takes a POST where a URL is too long
}

/** What came back over the wire, before anybody read meaning into it. */
export interface Reply {
  readonly status: number;
  readonly type: string; // content-type, "" where there was none
  readonly body: string;
  readonly retryAfter?: string; // the header
}

/** A question and its reply as kept on disk. */
export interface Exchange {
  readonly key: string;
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly reply: Reply;
}

/** The content address of a question: the same whoever asks, by GET or POST, in whatever order the parameters stand. */
export function keyOf({ url, params }: Question): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([url, sorted]))
    .digest("hex");
}

/**
 * `text` without the secrets of a question, as they are or as a URL writes them: they are stored nowhere, and in no
 * error.
 */
export const veiled = (text: string, { secret = {} }: Question): string =>
  Object.values(secret)
    .filter((value) => value.length >= 4)
    .flatMap((value) => [value, encodeURIComponent(value), String(new URLSearchParams({ "": value })).slice(1)])
    .reduce((rest, value) => rest.replaceAll(value, "…"), text);

/** Keeps exchanges. */
export interface Store {
  get(key: string): Exchange | undefined;
  put(exchange: Exchange): void;
}
