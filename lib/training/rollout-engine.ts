import type { Completion } from "../core/records";
import type { Sampler } from "../core/roles";
import type { Policy } from "../models/policy";

/** Another engine that writes the responses of a run: llama.cpp, vLLM. Its tokens must be those of the policy. */
export interface RolloutEngine extends Sampler {
  /**
   * Gives the engine the weights of `policy`, before every step that is sampled. An engine without it goes on with the
   * weights that it began with, and its responses become more and more off policy.
   */
  sync?(policy: Policy, step: number): Promise<void> | void;
}

/**
 * Throws TypeError for responses that the policy cannot be trained on: without token ids, without a log-probability for
 * each token, or in the tokens of another tokenizer.
 */
export function expectReadable(
  { name, config, tokenizer }: Policy,
  sampler: RolloutEngine,
  rollouts: readonly { readonly completion: Completion }[],
): void {
  const completions = rollouts.map(({ completion }) => completion);
  const refuse = (why: string, fix: string): never => {
    throw new TypeError(`train: ${sampler.name} cannot write the responses of ${name}: ${why}. ${fix}`);
  };
  for (const { text, tokens, logps } of completions) {
    const shown = JSON.stringify(text.slice(0, 60));
    if (tokens.length === 0 && text !== "")
      refuse(
        `its response ${shown} has no token ids`,
        "Ask for them: vLLM sends them with extra { return_token_ids: true }.",
      );
    if (logps.length !== tokens.length)
      refuse(
        `its response ${shown} has ${tokens.length} tokens and ${logps.length} log-probabilities`,
        "Let the server send the log-probability of every token: { logprobs: true }.",
      );
    const foreign = tokens.find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocab_size);
    if (foreign !== undefined)
      refuse(
        `its token ${foreign} is outside the vocabulary of ${config.vocab_size}`,
        "The two have different tokenizers: serve the model that is trained.",
      );
  }
  const written = completions.filter(({ text }) => text.trim() !== "" && !text.includes("�"));
  const readAs = ({ tokens }: Completion): string => tokenizer.decode(tokens).trim();
  if (written.length > 0 && written.every((completion) => !readAs(completion).startsWith(completion.text.trim())))
    refuse(
      `its tokens for ${JSON.stringify(written[0]!.text.slice(0, 60))} read ` +
        `${JSON.stringify(readAs(written[0]!).slice(0, 60))} in the tokenizer of the policy`,
      "The two have different tokenizers: serve the model that is trained.",
    );
}
