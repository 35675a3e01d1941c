import type { Reply } from "./exchange";

/** The meaning of a reply. */
export type Verdict<T> =
  // The engine ran the query, or refused it because of its content. `passing`: the answer holds now and is not kept.
  | { readonly kind: "answer"; readonly value: T; readonly passing?: true }
  | { readonly kind: "again"; readonly why: string } // an outage or a rate limit, which may pass
  | { readonly kind: "too long" } // the question is too long for a URL
  | { readonly kind: "refused"; readonly why: string; readonly fix: string } // a repeat cannot help
  | { readonly kind: "mistake"; readonly why: string; readonly fix: string }; // the caller made a mistake

export const answer = <T>(value: T): Extract<Verdict<T>, { readonly kind: "answer" }> => ({ kind: "answer", value });
export const again = (why: string): Verdict<never> => ({ kind: "again", why });

/**
 * The verdict that the status alone allows; undefined if the body must be read. NCBI writes "API rate limit exceeded"
 * under status 200 as well. A web page under status 200, as proxies send it, holds no answer, so every reader of a body
 * takes it as an outage.
 */
export function verdictOfStatus({
  status,
  body,
}: Reply): Exclude<Verdict<never>, { readonly kind: "answer" }> | undefined {
  const said = excerpt(body);
  const why = `HTTP ${status}${said && `: ${said}`}`;
  if (status === 429 || /^\s*\{\s*"error"\s*:\s*"API rate limit exceeded/i.test(body)) return { kind: "again", why };
  if (/^\s*\{\s*"error"\s*:\s*"API key/i.test(body))
    return { kind: "mistake", why, fix: "Check apiKey, or leave it out." };
  if (status === 414 || status === 431) return { kind: "too long" };
  if (status === 401 || status === 403)
    return {
      kind: "refused",
      why,
      fix: "The service has blocked this address or key: ask slower, and write to its help desk.",
    };
  if (status === 408 || status === 425 || status >= 500 || status < 200 || (status >= 300 && status < 400))
    return { kind: "again", why };
  return undefined;
}

/** The first words of a body, without mark-up, on one line. */
export const excerpt = (body: string): string => {
  const text = body
    .slice(0, 20_000)
    .replace(/<(style|script)\b[^]*?(?:<\/\1>|$)/gi, " ")
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
};
