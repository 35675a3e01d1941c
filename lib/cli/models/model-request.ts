import type { BackendName } from "../../backend/loader";
import type { ModelOptions } from "../../models/model";
import type { Tokenizer } from "../../models/tokenizers/tokenizer";
import type { Prompt } from "./prompts";

/** Settings of `model generate`. */
export const modelDefaults = {
  maxTokens: 64, // of each response
  temperature: 0, // greedy: the same text every time
  topK: 0, // all
  topP: 1, // in (0, 1]
  minP: 0, // in [0, 1]
  repetitionPenalty: 1, // none
  seed: 0,
  batch: 8, // prompts at once
};

/** What an action gets: the model's name, the options, the prompts, and where rows go. */
export interface ModelRequest {
  readonly name: string;
  readonly settings: typeof modelDefaults & { readonly stop: readonly string[]; readonly stream: boolean };
  readonly backend: BackendName | "auto";
  readonly loading: Pick<ModelOptions, "adapter" | "frozen">;
  readonly prompts: () => AsyncGenerator<Prompt>;
  readonly idsOf: (tokenizer: Tokenizer, prompt: Prompt) => number[];
  readonly write: (row: object, plain: string) => void;
  readonly log: (line: string) => void;
}
