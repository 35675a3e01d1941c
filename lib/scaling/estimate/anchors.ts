import { scaleFrameworks } from "./frameworks";
import type { ScaleOptions } from "./run";
import type { StepSeconds } from "./seconds";

type Part = keyof StepSeconds;

/** A run whose seconds are known. */
export interface ScaleAnchor {
  readonly name: string;
  readonly source: string;
  readonly run: ScaleOptions;
  /** seconds of a step, from the shortest to the longest reported */
  readonly measured: Readonly<Partial<Record<Part, readonly [low: number, high: number]>>>;
  readonly fitted: readonly Part[]; // parts that a constant of frameworks.ts was read off
}

const gsm8k: ScaleOptions = { promptTokens: 100, maxPrompt: 512, requestsPerReward: 0, search: "local index" };
const grpoLora: ScaleOptions = {
  ...gsm8k,
  gpu: "H100",
  framework: "verl",
  ...{ gpus: 2, batchSize: 64, group: 5, critic: false, lora: true },
  ...{ responseTokens: 325, maxResponse: 1024, miniBatch: 320, microBatch: 40, logProbBatch: 40 },
  ...{ tensorParallel: 2, gpuMemory: 0.6 },
};
const ownStep: ScaleOptions = {
  gpu: "H200",
  model: "SmolLM2-135M",
  framework: "deepretrieval",
  search: "local index",
  ...{ gpus: 1, tensorParallel: 1, gpuMemory: 0.5, critic: false, reference: false, requestsPerReward: 0, group: 1 },
};
const rows = (batchSize: number, length: number): ScaleOptions => ({
  ...{ batchSize, microBatch: batchSize, logProbBatch: batchSize },
  ...{ promptTokens: 1, maxPrompt: 1, responseTokens: length - 1, maxResponse: length - 1 },
});
const small = { parameters: 2.9e6, layers: 4, hidden: 256, keyValue: 128, vocabulary: 2048 };
const tf32 = { ...scaleFrameworks.deepretrieval, arithmetic: "tf32" } as const;
const verlLogs = "logs of eric-haibin-lin/verl-data";
const here = "measured with this project on an H200, medians";

/**
 * Runs with known seconds: published logs of verl, DeepRetrieval's PubMed run, and this project's own steps. The GPUs
 * of verl's logs are not all named: those of LoRA are H100s by their reported utilisation, and the others are taken
 * for H100s too. Prompts of GSM8K have about 100 tokens.
 */
export const scaleAnchors: readonly ScaleAnchor[] = [
  {
    name: "PubMed-3B, PPO, 2 A100",
    source: "DeepRetrieval, issue 2: step 1,250 after 40 h",
    run: {},
    measured: { total: [115.2, 115.2] },
    fitted: [],
  },
  {
    name: "Qwen2.5-0.5B, PPO, 1 GPU",
    source: `${verlLogs}, December 2024`,
    run: {
      ...gsm8k,
      model: "Qwen2.5-0.5B",
      gpu: "H100",
      ...{ gpus: 1, batchSize: 256, miniBatch: 64, microBatch: 2 },
      ...{ logProbBatch: 2, responseTokens: 276, maxResponse: 512, tensorParallel: 1, gpuMemory: 0.4 },
    },
    measured: {
      generation: [17.8, 17.8],
      passes: [5.4 + 5.7, 5.4 + 5.7], // reference and values; that of the policy stands nowhere
      update: [20.8, 20.8],
      criticUpdate: [16.6, 16.6],
      total: [66, 66],
    },
    fitted: ["update", "generation"],
  },
  ...(["Qwen2.5-0.5B", "Qwen2.5-1.5B", "Qwen2.5-3B"] as const).map(
    (model, i): ScaleAnchor => ({
      name: `${model}, GRPO with LoRA, 2 H100`,
      source: `${verlLogs}, June 2025`,
      run: { ...grpoLora, model },
      measured: {
        generation: (
          [
            [50, 59],
            [44, 57],
            [47, 64],
          ] as const
        )[i]!,
        passes: (
          [
            [2.2, 2.4],
            [3, 4.7],
            [4.2, 4.2],
          ] as const
        )[i]!,
        update: (
          [
            [6, 7],
            [7.2, 7.7],
            [9.1, 10.9],
          ] as const
        )[i]!,
        total: (
          [
            [60, 68],
            [55, 69],
            [62, 78],
          ] as const
        )[i]!,
      },
      fitted: model === "Qwen2.5-3B" ? ["generation", "update"] : ["generation"],
    }),
  ),
  {
    name: "Gemma-2-2B, PPO, 2 GPUs",
    source: verlLogs,
    run: {
      ...gsm8k,
      model: "Gemma-2-2B",
      gpu: "H100",
      ...{ gpus: 2, batchSize: 512, miniBatch: 128, microBatch: 4 },
      ...{ logProbBatch: 4, maxPrompt: 1024, responseTokens: 146, maxResponse: 512, tensorParallel: 2, gpuMemory: 0.4 },
    },
    measured: {
      generation: [45, 45],
      update: [38.3, 38.3],
      criticUpdate: [32.5, 32.5],
      total: [127, 127],
    },
    fitted: ["generation", "update"],
  },
  {
    name: "135M, 4 × 128 tokens, float32",
    source: here,
    run: { ...ownStep, ...rows(4, 128) },
    measured: { update: [0.028, 0.028] },
    fitted: ["update"],
  },
  {
    name: "135M, 16 × 256 tokens, float32",
    source: here,
    run: { ...ownStep, ...rows(16, 256) },
    measured: { update: [0.0799, 0.0799] },
    fitted: ["update"],
  },
  {
    name: "135M, 16 × 256 tokens, TF32",
    source: here,
    run: { ...ownStep, ...rows(16, 256), framework: tf32 },
    measured: { update: [0.0359, 0.0359] },
    fitted: [],
  },
  {
    name: "135M, decoding 16 sequences, 64 tokens",
    source: `${here}: 12,904 tokens a second`,
    run: { ...ownStep, ...rows(16, 65) },
    measured: { generation: [(16 * 64) / 12904, (16 * 64) / 12904] },
    fitted: ["generation"],
  },
  {
    name: "2.9M, 32 × 128 tokens, float32",
    source: here,
    run: { ...ownStep, ...rows(32, 128), model: small },
    measured: { update: [0.0071, 0.0091] },
    fitted: [],
  },
  {
    name: "2.9M, decoding 64 sequences, 128 tokens",
    source: `${here}: 224,300 tokens a second`,
    run: { ...ownStep, ...rows(64, 129), model: small },
    measured: { generation: [(64 * 128) / 224300, (64 * 128) / 224300] },
    fitted: [],
  },
  {
    name: "135M, 16 × 256 tokens, TF32, PyTorch",
    source: here,
    run: { ...ownStep, ...rows(16, 256), framework: { ...scaleFrameworks.pytorch, arithmetic: "tf32" } },
    measured: { update: [0.096, 0.096] },
    fitted: [],
  },
  {
    name: "2.9M, 32 × 128 tokens, float32, PyTorch",
    source: here,
    run: { ...ownStep, ...rows(32, 128), model: small, framework: "pytorch" },
    measured: { update: [0.0162, 0.0162] },
    fitted: [],
  },
];
