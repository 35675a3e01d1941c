import { useBackend } from "../../lib/backend/choose";
import { memoryEstimate } from "../../lib/models/memory/memory";
import { model } from "../../lib/models/model";

/**
 * Loads the checkpoint of the folder named on the command line, as the word after it says, and writes what it took as
 * JSON.
 */
async function main(folder: string, word: string): Promise<void> {
  const loading = word ? { frozen: word as "bf16" } : {};
  const backend = await useBackend();
  const before = process.memoryUsage.rss();
  const started = performance.now();
  try {
    const policy = await model(folder, loading);
    const seconds = (performance.now() - started) / 1000;
    const { parameters, weights, needed } = memoryEstimate(policy.config, backend, loading);
    const peak = process.resourceUsage().maxRSS * 1024; // the whole process, Node and TensorFlow included
    const settled = process.memoryUsage.rss();
    const [row] = await policy.generate(["the cat"], { maxTokens: 2, temperature: 0 });
    const text = process.resourceUsage().maxRSS * 1024;
    const figures = {
      backend: backend.name,
      parameters,
      weightsGB: weights / 1e9,
      neededGB: needed / 1e9,
      rssBeforeGB: before / 1e9,
      peakGB: peak / 1e9,
      settledGB: settled / 1e9,
      peakOverWeights: peak / weights,
      peakWithTextGB: text / 1e9,
      loadSeconds: seconds,
      generated: row!.tokens.length,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } catch (error) {
    if ((error as Error).name !== "RangeError") throw error;
    process.stdout.write(`${JSON.stringify({ backend: backend.name, refused: (error as Error).message })}\n`);
  }
}

void main(process.argv[2]!, process.argv[3] ?? "");
