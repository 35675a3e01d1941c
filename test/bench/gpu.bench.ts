import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random } from "../../lib/core/random";
import { projectPath } from "../../lib/data/paths";
import type { Request } from "./gpu-child";

/** A Llama of 135 million parameters, SmolLM2's shape. */
const smol = {
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
  rope_theta: 1e5,
  tie_word_embeddings: true,
  eos_token_id: 0,
};

/** Shapes of Qwen2.5, with bfloat16 weights. */
const qwen = (hidden_size: number, intermediate_size: number, num_hidden_layers: number, heads: number) => ({
  vocab_size: 151936,
  hidden_size,
  intermediate_size,
  num_hidden_layers,
  num_attention_heads: heads,
  num_key_value_heads: 2,
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
  eos_token_id: 0,
});

/** Models of random numbers, which PyTorch's side makes. */
const models = {
  "135M": { config: smol },
  "0.5B": { type: "qwen2", dtype: "bfloat16", config: qwen(896, 4864, 24, 14) },
  "3B": { type: "qwen2", dtype: "bfloat16", config: qwen(2048, 11008, 36, 16) },
} as const;
type ModelName = keyof typeof models | "small";

/** What is kept as bfloat16 is frozen: adapters of rank 16 are trained over it. Products are of bfloat16 too. */
const half = { frozen: "bf16", rank: 16 } as const;

/** A case of training: sequences, prompt and response tokens of each, and steps. */
interface Training {
  readonly model: ModelName;
  readonly B: number;
  readonly P: number;
  readonly R: number;
  readonly V: number;
  readonly steps: number;
  readonly how?: typeof half;
}
const training: Readonly<Record<string, Training>> = {
  "small 32x128": { model: "small", B: 32, P: 32, R: 96, V: 2000, steps: 40 },
  "135M 4x128": { model: "135M", B: 4, P: 32, R: 96, V: 49152, steps: 24 },
  "135M 16x256": { model: "135M", B: 16, P: 64, R: 192, V: 49152, steps: 16 },
  "0.5B 8x256": { model: "0.5B", B: 8, P: 64, R: 192, V: 151936, steps: 12, how: half },
  "3B 8x512": { model: "3B", B: 8, P: 256, R: 256, V: 151936, steps: 8, how: half },
};

/** A case of decoding: rows, and tokens that each writes after a prompt of 64. */
interface Decoding {
  readonly model: ModelName;
  readonly B: number;
  readonly tokens: number;
  readonly how?: Pick<typeof half, "frozen">;
}
const decoding: Readonly<Record<string, Decoding>> = {
  "small batch 64": { model: "small", B: 64, tokens: 128 },
  "135M batch 16": { model: "135M", B: 16, tokens: 64 },
  "3B batch 1": { model: "3B", B: 1, tokens: 64, how: { frozen: "bf16" } },
  "3B batch 16": { model: "3B", B: 16, tokens: 64, how: { frozen: "bf16" } },
  "3B batch 64": { model: "3B", B: 64, tokens: 64, how: { frozen: "bf16" } },
};

/**
 * Training steps and greedy decoding on the card against PyTorch and transformers, eager and compiled, on the same card
 * in one run: medians of the second half of the steps, and tokens a second. Ours and PyTorch compute in the precision
 * that `precision=f32` (the default) or `precision=tf32` names; cases with bfloat16 weights in bf16. Each in a process
 * of its own.
 *
 * `case="135M 4x128"` keeps one. `python=…` is the Python that has PyTorch and transformers.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const precision = options.precision ?? "f32";
  const python = options.python ?? "python3";
  const scratch = mkdtempSync(join(tmpdir(), "gpu-"));
  const peer = (request: object) => answerOf(python, [join(__dirname, "gpu-peer.py")], { precision, ...request });
  const ours = (request: Request) =>
    answerOf(process.execPath, ["--require", "tsx/cjs", join(__dirname, "gpu-child.ts")], request, {
      DEEPRETRIEVAL_PRECISION: "frozen" in request ? "bf16" : precision,
    });
  const made = new Map<ModelName, string>();
  /** The folder of a model, made when it is first asked for. */
  const folderOf = (name: ModelName): string => {
    if (name === "small") return projectPath("data/checkpoints/pubmed-coldstart");
    const folder = join(scratch, name);
    if (made.has(name)) return folder;
    peer({ do: "make", folder, ...models[name] });
    writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
    made.set(name, folder);
    return folder;
  };
  const three = (request: Request & { readonly compiles: boolean }) => {
    const { compiles, ...own } = request;
    return {
      ours: ours(own),
      eager: peer(own),
      ...(compiles && { compiled: peer({ ...own, compile: true }) }),
    };
  };
  try {
    const first = ours({ do: "load" });
    if (first["device"] !== "gpu") {
      log(`skipped: native TensorFlow finds no card here (${JSON.stringify(first)})`);
      return { skipped: "no card" };
    }
    const figures: Record<string, object> = {};
    const wanted = (name: string) => !options.case || options.case === name;
    for (const [name, { model, B, P, R, V, steps, how }] of Object.entries(training).filter(([key]) => wanted(key))) {
      const rng = random("gpu").fork(name);
      const draw = (n: number) => Array.from({ length: n }, () => rng.below(V));
      const sequences = Array.from({ length: B }, () => ({ prompt: draw(P), response: draw(R) }));
      const request = { do: "train", folder: folderOf(model), sequences, steps, learningRate: 1e-4, ...how } as const;
      figures[name] = Object.fromEntries(
        Object.entries(three({ ...request, compiles: !how })).map(
          ([who, answer]) => [who, trained(answer, B * (P + R))] as const,
        ),
      );
      log(`${name}: ${JSON.stringify(figures[name])}`);
    }
    for (const [name, { model, B, tokens, how }] of Object.entries(decoding).filter(([key]) => wanted(key))) {
      const rng = random("gpu").fork(name);
      const prompts = Array.from({ length: B }, () => Array.from({ length: 64 }, () => rng.below(2000)));
      const request = { do: "decode", folder: folderOf(model), prompts, tokens, repeats: 3, ...how } as const;
      figures[name] = Object.fromEntries(
        Object.entries(three({ ...request, compiles: !how })).map(
          ([who, answer]) => [who, decoded(answer, B * tokens)] as const,
        ),
      );
      log(`${name}: ${JSON.stringify(figures[name])}`);
    }
    return { precision, card: peer({ do: "make", folder: scratch, ...models["135M"] })["card"], figures };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

type Answer = Readonly<Record<string, unknown>>;

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

/** Gigabytes: what PyTorch allocated at most, and what nvidia-smi shows at the end, which counts the pools of both. */
const memoryOf = (answer: Answer) => ({ peakGB: answer["peakGB"], usedGB: answer["usedGB"] });

const trained = (answer: Answer, tokens: number) => {
  if (!Array.isArray(answer["seconds"])) return answer;
  const seconds = answer["seconds"] as number[];
  const step = median(seconds.slice(seconds.length >> 1));
  return { msPerStep: 1e3 * step, tokensPerSecond: tokens / step, ...memoryOf(answer), losses: answer["losses"] };
};

const decoded = (answer: Answer, tokens: number) => {
  if (!Array.isArray(answer["all"])) return answer;
  const [first, all] = [median(answer["first"] as number[]), median(answer["all"] as number[])];
  return { tokensPerSecond: tokens / all, msFirst: 1e3 * first, msAll: 1e3 * all, ...memoryOf(answer) };
};

/** What a process answers on its last line, or how it failed. */
function answerOf(
  command: string,
  args: readonly string[],
  request: object,
  env: Readonly<Record<string, string>> = {},
): Answer {
  const { stdout, stderr, status } = spawnSync(command, args, {
    input: JSON.stringify(request),
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) return { failed: status, stderr: stderr?.slice(-2000) };
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Answer;
}

/** A tokenizer of single bytes: the model's tokens are numbers here. */
const tokenizer = {
  version: "1.0",
  added_tokens: [],
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: { type: "BPE", vocab: { a: 0, b: 1 }, merges: [] },
};
