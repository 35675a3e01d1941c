import { test } from "uvu";
import * as assert from "uvu/assert";
import { table } from "../../../lib/evaluation/frames/frames";
import { scaleAnchors } from "../../../lib/scaling/estimate/anchors";
import { scaleChecks, scaleUncertainty } from "../../../lib/scaling/estimate/checks";
import { searchLimits, searchSeconds } from "../../../lib/scaling/estimate/engines";
import { scaleEstimate, scaleRows } from "../../../lib/scaling/estimate/estimate";
import { scaleFrameworks } from "../../../lib/scaling/estimate/frameworks";
import { hostedDollars } from "../../../lib/scaling/estimate/hosted";
import { modelShapes, shapeOf } from "../../../lib/scaling/estimate/model-shapes";
import { cacheBytes, generationSeconds, sequencesAtOnce, stepSeconds } from "../../../lib/scaling/estimate/seconds";
import { scaleRun, type ScaleOptions } from "../../../lib/scaling/estimate/run";

const near = (value: number, expected: number, what = ""): void =>
  assert.ok(Math.abs(value / expected - 1) < 1e-9, `${what}: ${value}, not ${expected}`);

/** A model and a GPU of round numbers. */
const plain: ScaleOptions = {
  model: { parameters: 1e9, layers: 10, hidden: 1000, keyValue: 100, vocabulary: 1000 },
  gpu: { flops: { bf16: 1e14, tf32: 1e14, f32: 1e13 }, bandwidth: 1e12, gigabytes: 100, dollarsAnHour: [1, 3] },
  framework: {
    family: "verl",
    arithmetic: "bf16",
    utilisation: 0.5, // 5·10¹³ operations a second
    decoding: { step: 0.01, layer: 0.001 }, // 20 ms at 10 layers
    layerPass: 0.001,
    padded: false,
    checkpointing: true,
    severalGpus: true,
  },
  ...{ gpus: 2, tensorParallel: 1, batchSize: 10, group: 2, promptTokens: 100, responseTokens: 50 },
  ...{ maxPrompt: 200, maxResponse: 100, microBatch: 5, logProbBatch: 10, gpuMemory: 0.5, critic: true },
  ...{ requestsPerReward: 2, searchesInFlight: 4, steps: 360 },
};

test("the parts of a step, by hand", () => {
  const step = stepSeconds(scaleRun(plain));
  // 100 decoding steps of 20 ms: weights 2·10⁹ bytes / 10¹² = 2 ms and 10 sequences · 2·10⁹ / 5·10¹³ = 0.4 ms are less;
  // the 10 prompts are read once: 10 · 100 tokens · 2·10⁹ / (2 · 5·10¹³) = 0.02 s
  near(step.generation, 100 * 0.02 + 0.02, "generation");
  // 20 responses · 2 requests: 40 / 10 a second = 4 s; 40 · 0.4 s / 4 = 4 s
  near(step.search, 4, "search");
  // 20 · 150 tokens · 2·10⁹ / 10¹⁴ = 0.06 s; launching a micro-batch of 10 takes 0.01 s; three models
  near(step.passes, 3 * 0.06, "passes");
  // 3,000 tokens · 8·10⁹ / 10¹⁴ = 0.24 s; two micro-batches of 5 · 10 layers · 4 passes · 1 ms = 0.08 s
  near(step.update, 0.24, "update");
  near(step.criticUpdate, 0.24, "critic");
  near(step.total, 2.02 + 4 + 0.18 + 0.48, "total");
});

test("hours, GPU-hours, dollars and requests of the whole run, by hand", () => {
  const run = scaleEstimate({ ...plain, validateEvery: 100, validationPrompts: 40 });
  // 3 validations: 40 prompts on 2 copies, 2 s of decoding and 0.08 s of reading; 80 requests at 10 a second are 8 s
  near(run.validationHours, (3 * (2 + 0.08 + 8)) / 3600);
  near(run.hours, (360 * 6.68 + 3 * 10.08) / 3600);
  near(run.gpuHours, 2 * run.hours);
  near(run.dollars[0], run.gpuHours);
  near(run.dollars[1], 3 * run.gpuHours);
  assert.is(run.requests, 2 * (360 * 20 + 3 * 40));
  near(run.leastHours, run.requests / 10 / 3600);
  near(scaleEstimate({ ...plain, dollarsAnHour: 2 }).dollars[1], 2 * scaleEstimate(plain).gpuHours);
});

test("the bound that holds is named", () => {
  const bound = (options: ScaleOptions) => scaleEstimate({ ...plain, ...options }).bound;
  assert.is(bound({}), "the limit of PubMed, 10 requests a second (60 %)"); // 4 s of 6.68
  assert.is(bound({ searchesInFlight: 1 }), "PubMed, asked once at a time (86 %)"); // 16 s of 18.68
  assert.is(bound({ search: "PubMed without key" }), "the limit of PubMed without key, 3 requests a second (83 %)");
  assert.is(bound({ requestsPerReward: 0 }), "generation (75 %)"); // 2.02 s of 2.68
  assert.is(bound({ requestsPerReward: 0, epochs: 10 }), "update (69 %)"); // 4.8 s of 7
});

test("rewards that are streamed cost what generation does not cover", () => {
  near(scaleEstimate({ ...plain, streamed: true }).step.total, 4 + 0.18 + 0.48); // search is longer: 4 s, not 2.02 + 4
  const local = scaleEstimate({ ...plain, streamed: true, search: "local index" }).step;
  near(local.total, 2.02 + 0.18 + 0.48);
});

test("the published limits of PubMed: 64 rewards take 12.8 s of two requests with a key, 42.7 s without", () => {
  near(searchSeconds(128, 32, searchLimits.PubMed), 12.8);
  near(searchSeconds(128, 32, searchLimits["PubMed without key"]), 128 / 3);
  near(searchSeconds(128, 1, searchLimits.PubMed), 51.2); // one after the other: between the 40 and 65 s that were seen
  near(searchSeconds(64, 32, searchLimits.PubMed), 6.4); // one search for a reward
});

test("what memory bounds: waves of sequences, weights that are read, bytes of keys and values", () => {
  const run = scaleRun(plain);
  assert.is(cacheBytes(run), 2 * 10 * 100 * 2);
  // half of 100 GB less 2 GB of weights, 150 tokens of 4,000 bytes each: far above the 1,024 that vLLM takes
  assert.is(sequencesAtOnce(run), 1024);
  const tight = scaleRun({ ...plain, gpuMemory: 0.02001 }); // 1 MB beside the weights: one sequence of 600,000 bytes
  assert.is(sequencesAtOnce(tight), 1);
  near(generationSeconds(tight, 20, 10), 10 * 2 + 0.02); // ten waves of a copy
  const quick = { ...run.program, decoding: { step: 0, layer: 0 } };
  const bound = scaleRun({ ...plain, framework: quick });
  // (2·10⁹ bytes of weights + 10 sequences · 125 tokens · 4,000 bytes) / 10¹² a second
  near(generationSeconds(bound, 20, 10), 100 * ((2e9 + 10 * 125 * 4000) / 1e12) + 0.02);
});

test("padding computes every sequence at its greatest length; adapters save the gradient of the weights", () => {
  const padded = stepSeconds(scaleRun({ ...plain, framework: { ...scaleRun(plain).program, padded: true } }));
  near(padded.update, 0.48); // 20 · 300 tokens, not 20 · 150
  const lora = stepSeconds(scaleRun({ ...plain, lora: true }));
  near(lora.update, 0.18); // 6·10⁹ operations a token, not 8·10⁹
  near(lora.criticUpdate, 0.24); // the critic trains all its weights
});

test("memory: PubMed-3B with a critic fits on two A100 and not on one", () => {
  const two = scaleEstimate();
  near(two.memory.states, (2 * 16 * 3.09) / 2); // 49.4 GB
  assert.ok(two.memory.fits);
  assert.not.ok(scaleEstimate({ gpus: 1 }).memory.fits); // 98.9 GB of 80
  assert.ok(scaleEstimate({ gpus: 1, lora: true, critic: false }).memory.fits);
});

test("PubMed-3B as published: 115 s a step, 40 h to step 1,250, of which nothing was fitted", () => {
  const { step, hours, gpuHours, requests, uncertainty, leastHours } = scaleEstimate();
  const anchor = scaleAnchors[0]!;
  assert.equal(anchor.fitted, []);
  near(anchor.measured.total![0], (40 * 3600) / 1250); // the same figure twice
  assert.ok(Math.abs(step.total / 115.2 - 1) < 0.1, `${step.total} s`);
  assert.ok(Math.abs(hours - 40) < 4, `${hours} h`);
  near(gpuHours, 2 * hours);
  assert.is(requests, 1250 * 64 * 2);
  near(leastHours, 160000 / 10 / 3600); // 4.4 h, whatever the GPUs
  assert.ok(uncertainty < 1.35);
});

test("every anchor of verl is within a third for the whole step; values that were fitted are marked", () => {
  const checks = scaleChecks();
  for (const { anchor, part, ratio } of checks)
    if (part === "total") assert.ok(ratio > 0.75 && ratio < 1.34, `${anchor}: ${ratio}`);
  // what was read off one value alone is hit exactly
  const exact = checks.filter(({ anchor, fitted }) => anchor.startsWith("135M") && fitted);
  assert.is(exact.length, 3);
  for (const { anchor, ratio } of exact) assert.ok(Math.abs(ratio - 1) <= 0.01, `${anchor}: ${ratio}`);
});

test("where the model is wrong it says so: this project's own steps may be off by nearly two", () => {
  assert.ok(scaleUncertainty(scaleFrameworks.deepretrieval) > 1.8); // a small model: launches
  assert.ok(scaleUncertainty(scaleFrameworks.verl) < 1.35);
});

test("rows are a frame", () => {
  const frame = table(scaleRows({ published: {}, "4 H100": { gpu: "H100", gpus: 4, search: "PubMed" } }));
  assert.is(frame.shape[0], 2);
  assert.ok(frame.columns.includes("s/step") && frame.columns.includes("GPU-hours"));
  assert.is(table(scaleChecks()).shape[0], scaleChecks().length);
});

test("a service that is paid by the token", () => {
  const { tokens } = scaleEstimate(plain);
  // 10 steps: (2 · 2,000 + 1,000) · 1 + 1,000 · 2 + 3,000 · 3 = 16,000 millionths
  near(hostedDollars(tokens, 10, { prefill: 1, sample: 2, train: 3 }), 0.16);
  assert.throws(() => hostedDollars(tokens, 10, { prefill: -1, sample: 2, train: 3 }), /prefill is -1/);
});

test("names and shapes of models", () => {
  assert.is(shapeOf("Qwen/Qwen2.5-3B-Instruct"), modelShapes["Qwen2.5-3B"]);
  assert.throws(() => shapeOf("Qwen2.5-4B"), /"Qwen2.5-4B", whose shape is not known here.*Did you mean Qwen2.5/);
  assert.throws(() => shapeOf({ ...modelShapes["Qwen2.5-3B"], layers: 0 }), /layers of the model is 0/);
});

for (const [what, options, message] of [
  ["an unknown setting", { gpuss: 4 }, /unknown setting "gpuss".*Did you mean gpus/],
  ["an unknown GPU", { gpu: "A1000" }, /gpu is "A1000"; it must be one of "A100-80GB"/],
  ["an unknown engine", { search: "Pubmed" }, /search is "Pubmed"; it must be one of "PubMed"/],
  ["no GPU", { gpus: 0 }, /gpus is 0; it must be a whole number from 1/],
  ["a size that does not divide", { gpus: 3, tensorParallel: 2 }, /gpus is 3, and tensorParallel 2/],
  ["means above the limits", { responseTokens: 900 }, /responseTokens 900 are means.*maxResponse 500/],
  ["several GPUs where one is used", { framework: "deepretrieval" }, /gpus is 2, and this framework trains on one/],
  ["a number that is none", { promptTokens: NaN }, /promptTokens is NaN/],
] as const)
  test(`${what} is refused`, () => {
    assert.throws(() => scaleEstimate(options as object), message);
  });

test.run();
