import { flag, from, seed as anySeed, whole, within } from "../../core/ranges";

/** Ranges of the settings that sft and fitCritic share. */
export const exampleRanges = {
  steps: whole(0),
  batchSize: whole(1),
  microBatch: whole(0),
  checkpoint: flag,
  learningRate: from(0),
  warmup: whole(0),
  finalLearningRate: within(0, 1),
  seed: anySeed,
};
