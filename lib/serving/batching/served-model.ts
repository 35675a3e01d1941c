import {
  type ContinuousGeneration,
  type ContinuousLimits,
  continuousGeneration,
} from "../../models/generation/continuous/continuous-generation";
import { tokenTexts } from "../../models/generation/continuous/token-texts";
import type { Policy } from "../../models/policy";
import { chatPrompt, chatTemplateOf } from "../../models/tokenizers/chat-template";
import type { Tokenizer } from "../../models/tokenizers/tokenizer";
import { type ChatFormat, type ChatMessage, chatFormats } from "../../prompts/chat";

/** How much a served model does at once. */
export const batchingDefaults = {
  batch: 64, // completions at once
  queue: 256, // completions that wait at most
  cacheBytes: 1e9, // keys and values of all rows
  seconds: 300, // for one request, waiting included
};

/** A model that many clients ask at once. */
export interface ServedModel {
  readonly id: string; // as clients name it
  readonly created: number; // seconds since 1970 when it was loaded
  readonly context: number; // tokens of prompt and response together
  readonly vocabulary: number;
  readonly seconds: number; // that a request may take
  readonly tokenizer: Tokenizer;
  readonly generation: ContinuousGeneration;
  /** The bytes that a token writes. */
  readonly bytesOf: (token: number) => Uint8Array;
  /** A conversation as the text that the model continues; undefined where it knows no conversations. */
  readonly chat: ChatFormat | undefined;
  /** Ends all requests. The policy is its owner's. */
  close(): Promise<void>;
}

/** Serves `policy` under the name `id`. Borrows the policy, which must not be trained or disposed of meanwhile. */
export function servedModel(policy: Policy, id: string, limits: Partial<typeof batchingDefaults> = {}): ServedModel {
  const { seconds, ...batching } = { ...batchingDefaults, ...limits };
  const { tokenizer, config } = policy;
  const generation = continuousGeneration(policy, batching satisfies ContinuousLimits);
  return {
    id,
    created: Math.floor(Date.now() / 1000),
    context: config.max_position_embeddings,
    vocabulary: config.vocab_size,
    seconds,
    tokenizer,
    generation,
    bytesOf: tokenTexts(tokenizer),
    chat: chatOf(tokenizer),
    close: () => generation.close(),
  };
}

/** The model's own template; ChatML where it has the tokens of that and no template. */
function chatOf(tokenizer: Tokenizer): ChatFormat | undefined {
  if (chatTemplateOf(tokenizer) !== undefined)
    return (messages: readonly ChatMessage[]) => chatPrompt(tokenizer, messages);
  const knowsChatml = ["<|im_start|>", "<|im_end|>"].every((marker) => tokenizer.encode(marker).length === 1);
  return knowsChatml ? chatFormats.chatml : undefined;
}
