import type { ScaleRun } from "./run";

/** Tokens of one training step. */
export interface StepTokens {
  readonly responses: number; // R = prompts · group
  readonly prompt: number; // R · mean prompt
  readonly generated: number; // R · mean response
  readonly trained: number; // (prompt + generated) · passes over the responses
  readonly computed: number; // prompt + generated with the padding that the framework computes
}

/** The tokens of a step. Padded scaleFrameworks compute every sequence at its greatest length. */
export function stepTokens(run: ScaleRun): StepTokens {
  const responses = run.batchSize * run.group;
  const [prompt, generated] = [responses * run.promptTokens, responses * run.responseTokens];
  return {
    responses,
    prompt,
    generated,
    trained: (prompt + generated) * run.epochs,
    computed: run.program.padded ? responses * (run.maxPrompt + run.maxResponse) : prompt + generated,
  };
}
