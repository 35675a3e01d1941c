import { SearchUnavailable } from "../../core/errors";
import { mapLimit } from "../../core/calls/limit";
import { postJson } from "../../core/http/post-json";
import { oneOf, type Range } from "../../core/ranges";
import { settings } from "../../core/settings";
import type { Sequence } from "../../models/decoder/batch";
import type { Policy } from "../../models/policy";
import { addressOf } from "../../models/remote/remote-policy";
import { longestOf, padded } from "../measuring/rows-of-batches";
import { promptTokens, type PromptToken } from "./prompt-tokens";
import { unequalTokenizers, type Teacher } from "./teacher";

/** Settings of `remoteTeacher`. */
const remoteTeacherDefaults = {
  apiKey: "",
  /** how the server tells the log-probabilities of a prompt: vLLM's prompt_logprobs, or echo with logprobs */
  scores: "prompt_logprobs" as "prompt_logprobs" | "echo",
  /** requests in flight */
  inFlight: 8,
  /** attempts at a request before it counts as an outage */
  attempts: 5,
  /** seconds of one attempt */
  timeoutSeconds: 600,
  /** further fields of every request; they replace fields of ours */
  extra: {} as Readonly<Record<string, unknown>>,
};
const ranges: { readonly scores: Range } = { scores: oneOf("prompt_logprobs", "echo") };

/**
 * A teacher behind an OpenAI-compatible server that takes token ids as a prompt and tells their log-probabilities, such
 * as vLLM. `remoteTeacher("http://127.0.0.1:8000/v1", "Qwen/Qwen2.5-7B-Instruct")` posts to …/v1/completions, once for
 * each response.
 *
 * Throws TypeError for a request that the server refuses, and, naming both models, where a token id has another text
 * for the server. Throws SearchUnavailable for an outage, Interrupted.
 */
export function remoteTeacher(
  url: string,
  model: string,
  options: Partial<typeof remoteTeacherDefaults> = {},
): Teacher {
  const { apiKey, scores, inFlight, extra, ...server } = settings(
    "remoteTeacher",
    remoteTeacherDefaults,
    options,
    ranges,
  );
  const address = addressOf("remoteTeacher", url);
  const name = `${model} at ${address.host}`;
  const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};

  async function scored({ prompt, response }: Sequence, student: Policy, signal: AbortSignal): Promise<number[]> {
    if (response.length === 0) return [];
    const ids = [...prompt, ...response];
    const asked = scores === "echo" ? { echo: true, logprobs: 1 } : { prompt_logprobs: 1 };
    const { status, json } = await postJson(
      name,
      `${address.href.replace(/\/+$/, "")}/completions`,
      { model, prompt: ids, max_tokens: 1, temperature: 1, ...asked, ...extra }, // servers refuse max_tokens 0
      { headers, ...server, signal },
    );
    if (status >= 400)
      throw new TypeError(
        `remoteTeacher: ${name} refuses the request with HTTP ${status}: ${JSON.stringify(json).slice(0, 300)}. It ` +
          "must serve this model, and take token ids as a prompt and prompt_logprobs (vLLM), or echo with logprobs.",
      );
    const tokens = promptTokens(json, ids);
    if (tokens === undefined)
      throw new SearchUnavailable(
        name,
        `its reply has no log-probabilities of the prompt: ${JSON.stringify(json).slice(0, 200)}`,
        'Does it take prompt_logprobs? Other servers take { scores: "echo" }.',
        { outage: "reply" },
      );
    return response.map((id, t) => logpOf(student, name, id, tokens[prompt.length + t]));
  }

  return {
    name,
    expectFits: () => undefined, // the texts of tokens come with the first scores
    async score(sequences, student, { signal }) {
      const failed = new AbortController();
      const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
      const longest = longestOf(sequences);
      try {
        const rows = await mapLimit(sequences, inFlight, (sequence) => scored(sequence, student, either));
        return rows.map((row) => padded(row, longest));
      } finally {
        failed.abort(); // the open requests
      }
    },
  };
}

/** The log-probability of a token. Throws TypeError where the server reads its id as another text. */
function logpOf(student: Policy, teacher: string, id: number, token: PromptToken | undefined): number {
  if (!token) throw unequalTokenizers(student.name, teacher, `token ${id} is unknown to the teacher`);
  const own = student.tokenizer.decode([id]);
  const [mine, other] = [own, token.text ?? own].map((text) => text.replace(/^[Ġ▁\s]+/, "").trim()) as [string, string];
  const comparable = mine !== "" && !/�/.test(mine + other); // special tokens, and parts of a character, have no text
  if (comparable && mine !== other)
    throw unequalTokenizers(
      student.name,
      teacher,
      `token ${id} is ${JSON.stringify(own)} to the student and ${JSON.stringify(token.text)} to the teacher`,
    );
  return token.logp;
}
