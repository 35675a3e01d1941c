import { scaleUncertainty } from "./checks";
import { searchSeconds } from "./engines";
import { gpuMemory, type GpuMemory } from "./memory";
import { scaleRun, type ScaleOptions, type ScaleRun } from "./run";
import { generationSeconds, type StepSeconds, stepSeconds } from "./seconds";
import { type StepTokens, stepTokens } from "./tokens";

/** What a training run takes. */
export interface ScaleEstimate {
  readonly step: StepSeconds;
  /** a step takes `step.total` divided by this factor, up to `step.total` times it: the largest error of the anchors */
  readonly uncertainty: number;
  readonly bound: string; // the longest part of a step, and its share
  readonly tokens: StepTokens; // of one step
  readonly memory: GpuMemory; // of one GPU
  readonly hours: number; // of the whole run, with validations
  readonly validationHours: number; // of these
  readonly gpuHours: number;
  readonly dollars: readonly [low: number, high: number]; // of the GPUs
  readonly requests: number; // to the search engine
  readonly requestDollars: number;
  readonly leastHours: number; // what the search engine's limit alone asks for: no number of GPUs goes below it
}

/**
 * What a training run takes: tokens, seconds, GPU-hours, requests and dollars. Without options it is PubMed-3B as
 * DeepRetrieval trained it.
 *
 * ```ts
 * const published = scaleEstimate();
 * const ours = scaleEstimate({ framework: "verl", requestsPerReward: 1, searchesInFlight: 32, streamed: true });
 * ```
 *
 * The formulas are in seconds.ts and memory.ts, the constants with their sources in gpus.ts, frameworks.ts and
 * engines.ts, and `scaleChecks()` compares them with published and measured steps. Left out are checkpoints, start-up,
 * and traffic between nodes. Throws TypeError or RangeError for options that are wrong.
 */
export function scaleEstimate(options: ScaleOptions = {}): ScaleEstimate {
  const run = scaleRun(options);
  const step = stepSeconds(run);
  const tokens = stepTokens(run);
  const validations = run.validateEvery > 0 ? Math.floor(run.steps / run.validateEvery) : 0;
  const validation = validations * validationSeconds(run);
  const hours = (run.steps * step.total + validation) / 3600;
  const gpuHours = hours * run.gpus;
  const requests = run.requestsPerReward * (run.steps * tokens.responses + validations * run.validationPrompts);
  return {
    step,
    uncertainty: scaleUncertainty(run.program),
    bound: boundOf(run, step),
    tokens,
    memory: gpuMemory(run),
    hours,
    validationHours: validation / 3600,
    gpuHours,
    dollars: [gpuHours * run.dollars[0], gpuHours * run.dollars[1]],
    requests,
    requestDollars: requests * run.limits.dollarsPerRequest,
    leastHours: requests / run.limits.requestsPerSecond / 3600,
  };
}

/** One validation: a response to every prompt, and its rewards. */
function validationSeconds(run: ScaleRun): number {
  const { validationPrompts: prompts, requestsPerReward, searchesInFlight, limits } = run;
  if (prompts === 0) return 0;
  return (
    generationSeconds(run, prompts, prompts) + searchSeconds(prompts * requestsPerReward, searchesInFlight, limits)
  );
}

/** The longest part of a step in words, and its share of it. */
function boundOf({ limits, searchesInFlight, searchName }: ScaleRun, step: StepSeconds): string {
  const limited = 1 / limits.requestsPerSecond >= limits.latencySeconds / searchesInFlight;
  const rate = Number(limits.requestsPerSecond.toPrecision(3));
  const search = limited
    ? `the limit of ${searchName}, ${rate} requests a second`
    : searchesInFlight === 1
      ? `${searchName}, asked once at a time`
      : `${searchName}, asked ${searchesInFlight} times at a time`;
  const parts: readonly (readonly [name: string, seconds: number])[] = [
    ["generation", step.generation],
    [search, step.search],
    ["update", step.update + step.criticUpdate],
    ["log-probabilities and values", step.passes],
  ];
  const [name, seconds] = parts.reduce((longest, part) => (part[1] > longest[1] ? part : longest));
  return `${name} (${Math.round((100 * seconds) / step.total)} %)`;
}

/**
 * Estimates as rows, one for each named run: `show(table(scaleRows({ published: {}, ours: { gpus: 4 } })))`. Seconds
 * are of one step, hours and dollars of the whole run.
 */
export const scaleRows = (runs: Readonly<Record<string, ScaleOptions>>): object[] =>
  Object.entries(runs).map(([name, options]) => {
    const { step, uncertainty, bound, tokens, memory, ...whole } = scaleEstimate(options);
    return {
      run: name,
      "s/step": rounded(step.total),
      "s low": rounded(step.total / uncertainty),
      "s high": rounded(step.total * uncertainty),
      generation: rounded(step.generation),
      search: rounded(step.search),
      passes: rounded(step.passes),
      update: rounded(step.update + step.criticUpdate),
      bound,
      hours: rounded(whole.hours),
      "GPU-hours": rounded(whole.gpuHours),
      "$ low": rounded(whole.dollars[0] + whole.requestDollars),
      "$ high": rounded(whole.dollars[1] + whole.requestDollars),
      requests: whole.requests,
      "engine's hours": rounded(whole.leastHours),
      "tokens/step": Math.round(tokens.prompt + tokens.generated),
      "GB/GPU": rounded(memory.most),
      fits: memory.fits,
    };
  });

const rounded = (value: number): number => Number(value.toPrecision(3));
