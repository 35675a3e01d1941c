import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { useBackend } from "../../lib/backend/choose";
import { decodingOf } from "../../lib/models/generation/decoding/program-decoding";
import type { Sequence } from "../../lib/models/decoder/batch";
import { lastLogits } from "../../lib/models/decoder/logits";
import { decodingTimes } from "./decoding-times";
import { model } from "../../lib/models/model";
import type { Policy } from "../../lib/models/policy";
import { maskedMean } from "../../lib/training/losses/masked-mean";
import { adamW } from "../../lib/training/optimizer";
import { tf } from "../../lib/backend/tf";

/** What gpu.bench.ts asks of a process. */
export type Request =
  | { readonly do: "load" }
  | {
      readonly do: "train";
      readonly folder: string;
      readonly sequences: readonly Sequence[];
      readonly steps: number;
      readonly learningRate: number;
      readonly frozen?: "bf16"; // the matrices are bfloat16
      readonly rank?: number; // adapters of this rank are trained, and nothing else
    }
  | {
      readonly do: "decode";
      readonly folder: string;
      readonly prompts: readonly (readonly number[])[];
      readonly tokens: number; // of each row, greedy, without stopping
      readonly repeats: number;
      readonly frozen?: "bf16";
    }
  | { readonly do: "logits"; readonly folder: string; readonly ids: readonly number[] };

const policies = new Map<string, Policy>();

/** The model of a folder. Several requests for one share it. */
async function policyOf({ folder, frozen }: { readonly folder: string; readonly frozen?: "bf16" }): Promise<Policy> {
  const key = JSON.stringify([folder, frozen]);
  if (!policies.has(key)) policies.set(key, await model(folder, frozen ? { frozen } : {}));
  return policies.get(key)!;
}

async function train(request: Extract<Request, { do: "train" }>): Promise<object> {
  const loading = performance.now();
  const base = await policyOf(request);
  const policy = request.rank === undefined ? base : base.adapt({ rank: request.rank });
  const loaded = (performance.now() - loading) / 1000;
  const optimizer = adamW(policy.variables);
  const batch = policy.batch(request.sequences);
  const [seconds, losses, norms]: [number[], number[], number[]] = [[], [], []];
  for (let step = 0; step < request.steps; step++) {
    const started = performance.now();
    const { loss, gradNorm } = optimizer.minimise(
      () => tf.tidy(() => maskedMean(policy.tokenLogps(batch).logps, batch.responseMask).neg() as tf.Scalar),
      request.learningRate,
    );
    losses.push(loss), norms.push(gradNorm);
    // the queue is empty
    if (step % 8 === 7 || step === request.steps - 1) policy.variables[0]!.slice([0, 0], [1, 1]).dataSync();
    seconds.push((performance.now() - started) / 1000);
  }
  return {
    loaded,
    parameters: policy.parameters,
    seconds,
    losses,
    norms,
    tensors: tf.memory().numTensors,
    usedGB: usedMemory(),
  };
}

async function decode(request: Extract<Request, { do: "decode" }>): Promise<object> {
  const { prompts, tokens, repeats } = request;
  const policy = await policyOf(request);
  const decoding = decodingOf(policy, prompts[0]!.length + tokens);
  return { ...(await decodingTimes(policy, decoding, { prompts, tokens, repeats })), usedGB: usedMemory() };
}

/** Gigabytes of the card that are in use, the driver's own included. The pool of TensorFlow grows and never shrinks. */
function usedMemory(): number | undefined {
  try {
    const card = process.env["CUDA_VISIBLE_DEVICES"]?.split(",")[0] || "0";
    const query = ["--id", card, "--query-gpu=memory.used", "--format=csv,noheader,nounits"];
    return (Number(execFileSync("nvidia-smi", query).toString()) * 2 ** 20) / 1e9;
  } catch {
    return undefined;
  }
}

async function main(requests: Request | readonly Request[]): Promise<void> {
  const began = performance.now();
  const { device, version, why, precision } = await useBackend("native");
  const started = (performance.now() - began) / 1000;
  const results: object[] = [];
  for (const request of [requests].flat() as Request[])
    results.push(
      request.do === "train"
        ? await train(request)
        : request.do === "decode"
          ? await decode(request)
          : request.do === "logits"
            ? { logits: [...lastLogits(await model(request.folder), request.ids)] }
            : {},
    );
  const answers = results.map((result) => ({ device, version, precision, why, started, ...result }));
  process.stdout.write(`${JSON.stringify(Array.isArray(requests) ? answers : answers[0])}\n`);
}

void main(JSON.parse(readFileSync(0, "utf8")) as Request | Request[]);
