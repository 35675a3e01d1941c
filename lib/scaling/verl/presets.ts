import { nearest } from "../../core/nearest";

/** The settings of one training script of DeepRetrieval, scripts/train/NAME.sh (commit 001a563d). */
export interface VerlPreset {
  readonly batchSize: number; // prompts a step
  readonly miniBatch: number; // responses an optimizer step, as the script has it
  readonly microBatch: number; // responses on one GPU at once, of policy and critic
  readonly logProbBatch: number; // responses on one GPU at once where only log-probabilities are computed
  readonly maxPrompt: number;
  readonly maxResponse: number;
  readonly temperature: number;
  readonly tensorParallel: number;
  readonly gpuMemory: number;
  readonly gpus: number;
  readonly totalEpochs: number;
  readonly saveEvery: number;
  readonly validateEvery: number;
  readonly model?: string; // absent where the script starts from a checkpoint on its author's disk
}

const qwen = "Qwen/Qwen2.5-3B-Instruct";
const coder = "Qwen/Qwen2.5-Coder-3B-Instruct";
const llama = "meta-llama/Llama-3.2-3B-Instruct";

/** The script has micro-batches of all GPUs together; verl now counts those of one. */
const script = (
  [batchSize, miniBatch, micro, logProb]: readonly [number, number, number, number],
  [maxPrompt, maxResponse, temperature]: readonly [number, number, number],
  [tensorParallel, gpuMemory, gpus]: readonly [number, number, number],
  [totalEpochs, saveEvery, validateEvery]: readonly [number, number, number],
  model?: string,
): VerlPreset => ({
  batchSize,
  miniBatch,
  microBatch: micro / gpus,
  logProbBatch: logProb / gpus,
  maxPrompt,
  maxResponse,
  temperature,
  tensorParallel,
  gpuMemory,
  gpus,
  totalEpochs,
  saveEvery,
  validateEvery,
  ...(model !== undefined && { model }),
});

/**
 * Every training script, by name. All train Qwen2.5-3B or Llama-3.2-3B, but for bird. Columns: train batch, mini-batch,
 * micro-batch and log-probability batch of all GPUs; prompt and response tokens, temperature; tensor parallel size,
 * share of GPU memory for the sampler, GPUs; epochs, steps between checkpoints, steps between validations.
 */
export const verlPresets = {
  bird: script([64, 16, 4, 4], [2048, 512, 0.6], [1, 0.3, 4], [5, 200, 20]), // Qwen2.5-7B on its author's disk
  ctgov: script([64, 16, 8, 4], [500, 500, 1], [4, 0.4, 4], [5, 50, 200]),
  ctgov_32: script([64, 16, 8, 4], [500, 500, 1], [1, 0.2, 4], [10, 100, 500]),
  "dense/fever": script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 200, 50], qwen),
  "dense/hotpotqa": script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 200, 50], qwen),
  "dense/msmarco_beir": script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 200, 50], qwen),
  "dense/nfcorpus": script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [30, 100, 10], qwen),
  "dense/scifact": script([64, 128, 4, 4], [256, 512, 0.6], [1, 0.2, 2], [50, 100, 10], qwen),
  fever: script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 100, 20], qwen),
  fiqa: script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 20, 10], qwen),
  hotpotqa: script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 100, 20], qwen),
  msmarco: script([64, 16, 2, 2], [256, 350, 1], [1, 0.2, 2], [5, 51, 50]),
  msmarco_beir: script([512, 128, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 100, 20], qwen),
  msmarco_dense: script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [5, 20, 20], qwen),
  nfcorpus: script([64, 16, 2, 2], [256, 512, 0.6], [1, 0.2, 2], [10, 20, 10], qwen),
  nq: script([64, 16, 2, 2], [256, 512, 1], [1, 0.2, 2], [5, 50, 50], qwen),
  nq_no_reason: script([64, 16, 2, 2], [256, 512, 1], [1, 0.2, 2], [5, 50, 50], qwen),
  pmd_no_reason: script([64, 16, 8, 2], [500, 500, 1], [2, 0.2, 2], [15, 100, 500], qwen),
  pubmed: script([64, 16, 8, 2], [500, 500, 1], [2, 0.2, 2], [10, 100, 500], qwen),
  pubmed_32: script([64, 16, 8, 2], [500, 500, 1], [2, 0.2, 2], [10, 300, 500], llama),
  scifact: script([64, 128, 2, 2], [256, 512, 0.6], [2, 0.2, 2], [100, 50, 10], qwen),
  spider: script([64, 16, 2, 2], [2048, 512, 0.6], [1, 0.2, 2], [5, 200, 20], qwen),
  sql_all: script([64, 16, 4, 4], [2048, 512, 0.6], [1, 0.3, 4], [5, 40, 40], coder),
  squad: script([72, 18, 6, 6], [256, 350, 1], [1, 0.3, 6], [5, 50, 50]),
  squad_no_reason: script([64, 16, 4, 4], [256, 350, 1], [1, 0.2, 4], [5, 50, 50], qwen),
  tqa_no_reason: script([64, 16, 2, 2], [256, 512, 1], [1, 0.2, 2], [5, 50, 50], qwen),
  triviaqa: script([64, 16, 2, 2], [256, 350, 0.6], [1, 0.2, 2], [5, 50, 50]),
  wikisql: script([64, 16, 2, 2], [2048, 512, 0.6], [1, 0.2, 2], [5, 200, 20], qwen),
} as const satisfies Readonly<Record<string, VerlPreset>>;

/** The scripts that have a preset. */
export type VerlPresetName = keyof typeof verlPresets;

/** The preset of a script, whose name may end in ".sh". Throws RangeError with the names that there are. */
export function presetOf(name: string): VerlPreset {
  const bare = name.replace(/\.sh$/, "");
  if (Object.hasOwn(verlPresets, bare)) return verlPresets[bare as VerlPresetName];
  const [meant] = nearest(bare, Object.keys(verlPresets), 1);
  throw new RangeError(
    `verlExport: preset is ${JSON.stringify(name)}; it must be one of ${Object.keys(verlPresets).join(", ")}.` +
      (meant === undefined ? "" : ` Did you mean ${meant}?`),
  );
}
