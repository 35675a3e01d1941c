import { createInterface } from "node:readline";
import { random } from "../../core/random";
import type { Completion } from "../../core/records";
import { keepsBfloat16 } from "../../backend/bfloat16";
import { useBackend } from "../../backend/choose";
import { backendNames, type BackendName } from "../../backend/loader";
import { chatPrompt } from "../../models/chat-template";
import { modelTypeOf } from "../../models/config";
import { generateBatch, generateStream } from "../../models/generate";
import { lastLogits } from "../../models/logits";
import { gigabytes, memoryEstimate } from "../../models/memory";
import { trainingDefaults, trainingEstimate } from "../../models/training-memory";
import { findTokenizer } from "../../models/find-tokenizer";
import { findCheckpoint, model, type ModelOptions } from "../../models/model";
import type { Policy } from "../../models/policy";
import { seed, whole } from "../../core/ranges";
import { samplingRanges } from "../../models/sampling-options";
import type { Tokenizer } from "../../models/tokenizer";
import { exitCodes } from "../notebooks/execute-notebook";
import { inOptions, optionsIn } from "../command/plain-error";
import { didYouMean, modelHere, parseOptions, UsageError } from "../command/usage";

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

export const modelUsage = `deepretrieval model info|logits|generate|tokenize --model ID|PATH [options]   look at a model, and try it

  info               what it is, and the memory it needs; loads no weight
  logits             next-token logits: a row {tokens, logits} for each prompt
  generate           a row {ids, text, logprobs} for each prompt
  tokenize           a row {ids} for each prompt; needs the tokenizer's files only
  --model ID|PATH    a Hub id, a folder in Hugging Face layout, a .safetensors or .gguf file
  --adapter ID|PATH  low-rank adapters on it, as PEFT writes them
  --bf16             keep its matrices as bfloat16: half the memory
  --prompt TEXT      without it, rows {"prompt": …} are read from stdin, one JSON a line
  --chat             put the prompt into the model's chat template, as the user's message
  --special          add what the tokenizer puts around a text, such as <|begin_of_text|>
  --max-tokens N     of each response (${modelDefaults.maxTokens})
  --temperature X    0 is greedy (${modelDefaults.temperature})
  --top-k N          only the N likeliest tokens; 0 keeps all (${modelDefaults.topK})
  --top-p X          smallest set of tokens with this mass (${modelDefaults.topP})
  --min-p X          only tokens at least X times as likely as the likeliest (${modelDefaults.minP})
  --repetition-penalty X   of tokens that were there before (${modelDefaults.repetitionPenalty}: none)
  --stop TEXT        end the text before TEXT; may be said several times
  --seed N           of the sampling (${modelDefaults.seed})
  --batch N          prompts at once (${modelDefaults.batch})
  --stream           write each text to stderr as it comes, one prompt after the other
  --backend NAME     ${backendNames.join(", ")}
  --json             one JSON a line on stdout`;

/** What each number may be. */
const numbered = { ...samplingRanges, seed, batch: whole(1) } as const;

interface Prompt {
  readonly text: string;
  readonly place: string; // where it stands, as in errors
}

/** What an action gets: the model's name, the options, the prompts, and where rows go. */
interface Request {
  readonly name: string;
  readonly settings: typeof modelDefaults & { readonly stop: readonly string[]; readonly stream: boolean };
  readonly backend: BackendName | "auto";
  readonly loading: Pick<ModelOptions, "adapter" | "frozen">;
  readonly prompts: () => AsyncGenerator<Prompt>;
  readonly idsOf: (tokenizer: Tokenizer, prompt: Prompt) => number[];
  readonly write: (row: object, plain: string) => void;
  readonly log: (line: string) => void;
}

const actions: Readonly<Record<string, (request: Request) => Promise<void>>> = { info, logits, generate, tokenize };
export const modelVerbs = Object.keys(actions);

/** `deepretrieval model`. Returns the exit code. */
export async function modelCommand(argv: readonly string[]): Promise<number> {
  const [text, flag] = [{ type: "string" }, { type: "boolean" }] as const;
  const options = {
    model: text,
    prompt: text,
    chat: flag,
    special: flag,
    "max-tokens": text,
    temperature: text,
    "top-k": text,
    "top-p": text,
    "min-p": text,
    "repetition-penalty": text,
    stop: { type: "string", multiple: true },
    seed: text,
    batch: text,
    stream: flag,
    backend: text,
    adapter: text,
    bf16: flag,
    json: flag,
  } as const;
  const { values, positionals } = parseOptions({ args: [...argv], options, allowPositionals: true });
  const [verb = "", ...more] = positionals;
  if (!Object.hasOwn(actions, verb) || more.length)
    throw new UsageError(
      `model ${positionals.join(" ")}: say one of ${modelVerbs.join(", ")}${didYouMean(verb, modelVerbs)}`,
    );
  if (!values.model) throw new UsageError("--model is missing: a Hub id, a folder or a file");
  if (values.backend !== undefined && !(backendNames as readonly string[]).includes(values.backend))
    throw new UsageError(`--backend ${values.backend}: one of ${backendNames.join(", ")}`);
  const number = (name: keyof typeof numbered): number => {
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) as "seed";
    const { fits, what } = numbered[name];
    const value = Number(values[option] ?? modelDefaults[name]);
    if (!Number.isFinite(value) || !fits(value)) throw new UsageError(`--${option} ${values[option]}: ${what}`);
    return value;
  };
  const numbers = Object.fromEntries(
    (Object.keys(numbered) as (keyof typeof numbered)[]).map((name) => [name, number(name)]),
  ) as typeof modelDefaults;
  const { stop = [], stream = false } = values;
  if (stop.includes("")) throw new UsageError("--stop: say a text that is not empty");
  const settings = { ...numbers, stop, stream };
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  try {
    await actions[verb]!({
      name: modelHere(values.model),
      settings,
      backend: (values.backend ?? "auto") as BackendName | "auto",
      loading: {
        ...(values.adapter !== undefined && { adapter: modelHere(values.adapter) }),
        ...(values.bf16 && { frozen: "bf16" as const }),
      },
      prompts: () => promptsOf(values.prompt),
      idsOf: (tokenizer, { text }) =>
        tokenizer.encode(values.chat ? chatPrompt(tokenizer, [{ role: "user", content: text }]) : text, {
          special: values.special ?? false,
        }),
      write: (row, plain) => void process.stdout.write(`${values.json ? JSON.stringify(row) : plain}\n`),
      log,
    });
    return exitCodes.ok;
  } catch (error) {
    if (!["RangeError", "TypeError", "SearchUnavailable"].includes((error as Error).name)) throw error;
    log(`deepretrieval: ${inOptions(error as Error, optionsIn(modelUsage))}`); // whose move it is, is the caller's or the hub's: the message says it all
    return exitCodes.failed;
  }
}

async function info({ name, backend, write }: Request): Promise<void> {
  const { name: chosen, device, version } = await useBackend(backend);
  const { config, source, tokenizer, notes = [] } = await findCheckpoint(name);
  source.close();
  const { size, stops, pad } = tokenizer();
  const where = { name: chosen, device };
  const { parameters, ...loaded } = memoryEstimate(config, where);
  const training = {
    lora: trainingEstimate(config, where),
    full: trainingEstimate(config, where, { training: "full" }),
  };
  const half = keepsBfloat16()
    ? {
        frozen: memoryEstimate(config, where, { frozen: "bf16" }).needed,
        lora: trainingEstimate(config, where, {}, { frozen: "bf16" }).needed,
      }
    : undefined;
  const memory = { ...loaded, bf16: half, training };
  const row = {
    model: name,
    model_type: modelTypeOf(config),
    parameters,
    ...config,
    tie_word_embeddings: config.tie_word_embeddings ?? true,
    tokenizer: { size, stops, pad },
    backend: { name: chosen, device, version },
    memory,
    ...(notes.length > 0 && { notes }),
  };
  const { rank, batch, length } = trainingDefaults;
  const halved = (bytes: number | undefined) => (bytes === undefined ? "" : `, ${gigabytes(bytes)} frozen as bfloat16`);
  const lines = {
    memory: `${loaded.available === undefined ? "unknown" : `${gigabytes(loaded.available)} GB`} there`,
    "to load": `${gigabytes(loaded.needed)} GB${halved(half?.frozen)}`,
    [`to train with LoRA r=${rank}`]: `${gigabytes(training.lora.needed)} GB${halved(half?.lora)}, ${batch} × ${length} tokens a step`,
    "to train fully": `${gigabytes(training.full.needed)} GB`,
  };
  write(
    row,
    Object.entries({ ...row, ...lines })
      .map(([key, value]) => `${key.padEnd(24)} ${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join("\n"),
  );
}

async function tokenize({ name, prompts, idsOf, write }: Request): Promise<void> {
  const own = await findTokenizer(name);
  for await (const prompt of prompts()) {
    const ids = idsOf(own, prompt);
    write({ ids }, ids.join(" "));
  }
}

async function logits(request: Request): Promise<void> {
  await withModel(request, async (policy) => {
    for await (const prompt of request.prompts()) {
      const tokens = idsWithin(request, policy, prompt);
      const logits = Array.from(lastLogits(policy, tokens));
      const best = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 5);
      request.write(
        { tokens, logits },
        best
          .map(
            (id) => `${logits[id]!.toFixed(4).padStart(10)}  ${JSON.stringify(policy.tokenizer.decode([id]))} (${id})`,
          )
          .join("\n"),
      );
    }
  });
}

async function generate(request: Request): Promise<void> {
  await withModel(request, async (policy) => {
    const { weights, config, tokenizer, rope } = policy;
    const { seed, batch, stream, ...sampling } = request.settings;
    const streams = random(seed).fork("generate");
    let done = 0;
    for await (const prompts of inBatches(request.prompts(), stream ? 1 : batch)) {
      const before = done;
      const rng = { ...streams, fork: (row: string | number) => streams.fork(before + Number(row)) }; // a row's text does not depend on the batch
      const ids = prompts.map((prompt) => idsWithin(request, policy, prompt, 1));
      const completions = stream
        ? [await streamed(generateStream(weights, config, tokenizer, rope, ids[0]!, { ...sampling, rng }))]
        : await generateBatch(weights, config, tokenizer, rope, ids, { ...sampling, rng });
      for (const { tokens, text, logps } of completions) request.write({ ids: tokens, text, logprobs: logps }, text);
      request.log(`${(done += prompts.length)} done`);
    }
  });
}

/** The prompt's tokens. Throws RangeError, naming its line, if there are none, or too many for the model to read and write `room` more. */
function idsWithin({ idsOf }: Request, { tokenizer, config }: Policy, prompt: Prompt, room = 0): number[] {
  const ids = idsOf(tokenizer, prompt);
  if (ids.length === 0)
    throw new RangeError(
      `${prompt.place} has no tokens. Begin it with the model's own beginning-of-text token, or say --special.`,
    );
  if (ids.length > config.max_position_embeddings)
    throw new RangeError(
      `${prompt.place} has ${ids.length} tokens, past the model's ${config.max_position_embeddings}. Shorten it.`,
    );
  if (ids.length + room > config.max_position_embeddings)
    throw new RangeError(
      `${prompt.place} has ${ids.length} tokens, all of the model's ${config.max_position_embeddings}, which leave no room for a response. Shorten it.`,
    );
  return ids;
}

/** Writes the pieces to stderr. */
async function streamed(pieces: AsyncGenerator<string, Completion, void>): Promise<Completion> {
  for (;;) {
    const next = await pieces.next();
    process.stderr.write(next.done ? "\n" : next.value);
    if (next.done) return next.value;
  }
}

async function withModel(
  { name, backend, loading, log }: Request,
  work: (policy: Policy) => Promise<void>,
): Promise<void> {
  const { name: chosen, version } = await useBackend(backend);
  log(`loading ${name} on ${chosen} (${version})`);
  const policy = await model(name, {
    ...loading,
    onProgress: ({ file, done, size }) => done === size && log(`loaded ${file}`),
  });
  try {
    await work(policy);
  } finally {
    policy.dispose();
  }
}

/** The prompt that was given, or those of the rows on stdin. */
async function* promptsOf(given: string | undefined): AsyncGenerator<Prompt> {
  if (given !== undefined) {
    yield { text: given, place: "the prompt" };
    return;
  }
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    number++;
    if (line.trim() === "") continue;
    let row: unknown;
    try {
      row = JSON.parse(number === 1 ? line.replace(/^\ufeff/, "") : line);
    } catch (cause) {
      throw new TypeError(
        `line ${number} of stdin is not JSON: ${(cause as Error).message}. Write rows {"prompt": …}, one JSON a line.`,
        { cause },
      );
    }
    const prompt = (row as { prompt?: unknown } | null)?.prompt;
    if (typeof prompt !== "string")
      throw new TypeError(`line ${number} of stdin has no text "prompt". Write rows {"prompt": …}, one JSON a line.`);
    yield { text: prompt, place: `the prompt in line ${number} of stdin` };
  }
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  const batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) yield batch.splice(0);
  }
  if (batch.length) yield batch;
}
