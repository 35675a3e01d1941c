import { readFileSync } from "node:fs";
import { useBackend } from "../../lib/backend/choose";
import { decodingOf } from "../../lib/models/generation/decoding/program-decoding";
import type { Sequence } from "../../lib/models/decoder/batch";
import { lastLogits } from "../../lib/models/decoder/logits";
import { decodingTimes } from "./decoding-times";
import { model } from "../../lib/models/model";
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
    }
  | {
      readonly do: "decode";
      readonly folder: string;
      readonly prompts: readonly (readonly number[])[];
      readonly tokens: number; // of each row, greedy, without stopping
      readonly repeats: number;
    }
  | { readonly do: "logits"; readonly folder: string; readonly ids: readonly number[] };

async function train(request: Extract<Request, { do: "train" }>): Promise<object> {
  const loading = performance.now();
  const policy = await model(request.folder);
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
  return { loaded, parameters: policy.parameters, seconds, losses, norms, tensors: tf.memory().numTensors };
}

async function decode({ folder, prompts, tokens, repeats }: Extract<Request, { do: "decode" }>): Promise<object> {
  const policy = await model(folder);
  const decoding = decodingOf(policy, prompts[0]!.length + tokens);
  return decodingTimes(policy, decoding, { prompts, tokens, repeats });
}

async function main(request: Request): Promise<void> {
  const began = performance.now();
  const { device, version, why, precision } = await useBackend("native");
  const started = (performance.now() - began) / 1000;
  const result =
    request.do === "train"
      ? await train(request)
      : request.do === "decode"
        ? await decode(request)
        : request.do === "logits"
          ? { logits: [...lastLogits(await model(request.folder), request.ids)] }
          : {};
  process.stdout.write(`${JSON.stringify({ device, version, precision, why, started, ...result })}\n`);
}

void main(JSON.parse(readFileSync(0, "utf8")) as Request);
