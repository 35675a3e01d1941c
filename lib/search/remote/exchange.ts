import { createHash } from "node:crypto";
import { veiled } from "../../core/http/veiled";

/** A question to a remote engine. */
export interface Question {
  readonly url: string; // without parameters
  readonly params: Readonly<Record<string, string>>;
  /** sent along, but part of no key and stored nowhere: an API key, the address of the user */
  readonly secret?: Readonly<Record<string, string>>;
  readonly post?: boolean; // the parameters go into a form body, because they are too long for a URL
  readonly longForm?: boolean; // the service accepts a POST if a URL is too long
}

/** A reply as it was received, before it is interpreted. */
export interface Reply {
  readonly status: number;
  readonly type: string; // content-type, "" where there was none
  readonly body: string;
  readonly retryAfter?: string; // the header
}

/** A question and its reply, as they are stored on disk. */
export interface Exchange {
  readonly key: string;
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly reply: Reply;
}

/** The key of a question. It is the same for every user, for GET and POST, and for any order of the parameters. */
export function keyOf({ url, params }: Question): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([url, sorted]))
    .digest("hex");
}

/**
 * `text` without the secrets of a question. Secrets are stored nowhere and stand in no error.
 */
export const withoutSecrets = (text: string, { secret = {} }: Question): string => veiled(text, Object.values(secret));

/** A place where exchanges are kept, on this machine or on another one. */
export interface Store {
  get(key: string): Exchange | undefined | Promise<Exchange | undefined>;
  put(exchange: Exchange): void | Promise<void>;
}
