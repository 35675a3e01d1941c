import { backendNames, type BackendName } from "../../backend/loader";
import { seed, whole } from "../../core/ranges";
import { chatPrompt } from "../../models/tokenizers/chat-template";
import { samplingRanges } from "../../models/generation/sampling-options";
import { command, exitCodes } from "../command/command";
import { flag, modelName, number, oneOf, text, texts, type Values } from "../command/options";
import { inOptions } from "../command/plain-error";
import { didYouMean, UsageError } from "../command/usage";
import { generate, logits, tokenize } from "./model-actions";
import { info } from "./model-info";
import { modelDefaults, type ModelRequest } from "./model-request";
import { promptsOf } from "./prompts";

const actions: Readonly<Record<string, (request: ModelRequest) => Promise<void>>> = {
  info,
  logits,
  generate,
  tokenize,
};
const verbs = Object.keys(actions);
const { maxTokens, topK, topP, minP, repetitionPenalty, temperature } = samplingRanges;

const options = {
  model: modelName("a Hub id, a folder in Hugging Face layout, a .safetensors or .gguf file", "ID|PATH"),
  adapter: modelName("low-rank adapters on it, as PEFT writes them", "ID|PATH"),
  bf16: flag("keep its matrices as bfloat16: half the memory"),
  prompt: text("TEXT", 'without it, rows {"prompt": …} are read from stdin, one JSON a line'),
  chat: flag("put the prompt into the model's chat template, as the user's message"),
  special: flag("add what the tokenizer puts around a text, such as <|begin_of_text|>"),
  maxTokens: number("N", `of each response (${modelDefaults.maxTokens})`, maxTokens, modelDefaults.maxTokens),
  temperature: number("X", `0 is greedy (${modelDefaults.temperature})`, temperature, modelDefaults.temperature),
  topK: number("N", `only the N likeliest tokens; 0 keeps all (${modelDefaults.topK})`, topK, modelDefaults.topK),
  topP: number("X", `smallest set of tokens with this mass (${modelDefaults.topP})`, topP, modelDefaults.topP),
  minP: number(
    "X",
    `only tokens at least X times as likely as the likeliest (${modelDefaults.minP})`,
    minP,
    modelDefaults.minP,
  ),
  repetitionPenalty: number(
    "X",
    `of tokens that were there before (${modelDefaults.repetitionPenalty}: none)`,
    repetitionPenalty,
    modelDefaults.repetitionPenalty,
  ),
  stop: texts("TEXT", "end the text before TEXT; may be said several times"),
  seed: number("N", `of the sampling (${modelDefaults.seed})`, seed, modelDefaults.seed),
  batch: number("N", `prompts at once (${modelDefaults.batch})`, whole(1), modelDefaults.batch),
  stream: flag("write each text to stderr as it comes, one prompt after the other"),
  backend: oneOf<BackendName | "auto">("NAME", backendNames.join(", "), ["auto", ...backendNames], "auto"),
  json: flag("one JSON a line on stdout"),
};

/** `deepretrieval model`. */
export const model = command({
  topic: "Data and models",
  words: "model",
  verbs,
  calls: "model VERB --model ID|PATH [options]",
  does: "info, logits, generate or tokenize: look at a model, and try it",
  options,
  operands: {
    says: [
      ["info", "what it is, and the memory it needs; loads no weight"],
      ["logits", "next-token logits: a row {tokens, logits} for each prompt"],
      ["generate", "a row {ids, text, logprobs} for each prompt"],
      ["tokenize", "a row {ids} for each prompt; needs the tokenizer's files only"],
    ],
  },
  run: act,
});

async function act(values: Values<typeof options>, words: readonly string[]): Promise<number> {
  const [verb = "", ...more] = words;
  if (!Object.hasOwn(actions, verb) || more.length > 0)
    throw new UsageError(`model ${words.join(" ")}: say one of ${verbs.join(", ")}${didYouMean(verb, verbs)}`);
  const { model: name, adapter, bf16, prompt, chat, special, backend, json, ...settings } = values;
  if (!name) throw new UsageError("--model is missing: a Hub id, a folder or a file");
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  try {
    await actions[verb]!({
      name,
      settings,
      backend,
      loading: { ...(adapter !== undefined && { adapter }), ...(bf16 && { frozen: "bf16" as const }) },
      prompts: () => promptsOf(prompt),
      idsOf: (tokenizer, { text: given }) =>
        tokenizer.encode(chat ? chatPrompt(tokenizer, [{ role: "user", content: given }]) : given, { special }),
      write: (row, plain) => void process.stdout.write(`${json ? JSON.stringify(row) : plain}\n`),
      log,
    });
    return exitCodes.ok;
  } catch (error) {
    if (!["RangeError", "TypeError", "SearchUnavailable"].includes((error as Error).name)) throw error;
    // the caller's mistake or the hub's: the message says it all
    log(`deepretrieval: ${inOptions(error as Error, model.options)}`);
    return exitCodes.failed;
  }
}
