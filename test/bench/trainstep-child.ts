import { readFileSync } from "node:fs";
import { useBackend } from "../../lib/backend/choose";
import type { BackendName } from "../../lib/backend/loader";
import type { Sequence } from "../../lib/models/decoder/batch";
import { model } from "../../lib/models/model";
import { maskedMean } from "../../lib/training/losses/masked-mean";
import { adamW } from "../../lib/training/optimizer";
import { tf } from "../../lib/backend/tf";

/** What trainstep.bench.ts asks of a process. */
export interface Request {
  readonly backend: BackendName;
  readonly folder: string;
  readonly sequences: readonly Sequence[];
  readonly steps: number;
  readonly learningRate: number;
}

/** What a process answers: seconds and loss of every step. */
export interface Answer {
  readonly version: string;
  readonly parameters: number;
  readonly seconds: number[];
  readonly losses: number[];
  readonly peakGB: number; // of the whole process
}

/** Trains as asked on stdin, and writes an Answer as JSON. */
async function main({ backend: name, folder, sequences, steps, learningRate }: Request): Promise<void> {
  const { version: library, vectors } = await useBackend(name);
  const version = vectors ? `${library}, ${vectors}` : library;
  const policy = await model(folder);
  const optimizer = adamW(policy.variables);
  const batch = policy.batch(sequences);
  const [seconds, losses]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    const started = performance.now();
    const { loss } = optimizer.minimise(
      () => tf.tidy(() => maskedMean(policy.tokenLogps(batch).logps, batch.responseMask).neg() as tf.Scalar),
      learningRate,
    );
    losses.push(loss);
    policy.variables[0]!.slice([0, 0], [1, 1]).dataSync(); // a step is over when its weights are there
    seconds.push((performance.now() - started) / 1000);
  }
  const peakGB = (process.resourceUsage().maxRSS * 1024) / 1e9;
  const answer: Answer = { version, parameters: policy.parameters, seconds, losses, peakGB };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

void main(JSON.parse(readFileSync(0, "utf8")) as Request);
