import type { Policy } from "../../../lib/models/policy";
import { logpsOf } from "../../../lib/training/measuring/rows-of-batches";

/** What a test server is asked. */
interface Asked {
  readonly prompt: readonly number[];
  readonly prompt_logprobs?: number;
  readonly echo?: boolean;
}

/** The reply of a server that has `policy`: as vLLM gives prompt_logprobs, or as others echo a prompt. */
export function promptScores(policy: Policy, { prompt, prompt_logprobs, echo }: Asked): object {
  const [row] = logpsOf(policy, [{ prompt: prompt.slice(0, 1), response: prompt.slice(1) }], {
    microBatch: 0,
    temperature: 1,
  });
  const text = (id: number) => policy.tokenizer.decode([id]);
  const choice = prompt_logprobs
    ? {
        prompt_logprobs: prompt.map((id, t) =>
          t === 0 ? null : { [id]: { logprob: row![t - 1], rank: 3, decoded_token: text(id) }, 299: { logprob: -9 } },
        ),
      }
    : {
        logprobs: {
          tokens: [...prompt.map(text), "!"],
          token_logprobs: [null, ...row!, -1],
        },
      };
  return { choices: [{ text: "!", finish_reason: "length", ...(echo || prompt_logprobs ? choice : {}) }] };
}
