import { useBackend } from "../../lib/models/backend/choose";
import { memoryEstimate } from "../../lib/models/memory";
import { model } from "../../lib/models/model";

/** Loads the checkpoint of the folder named on the command line, and writes what it took as JSON. */
async function main(folder: string): Promise<void> {
  const backend = await useBackend();
  const before = process.memoryUsage.rss();
  const started = performance.now();
  try {
    const policy = await model(folder);
    const seconds = (performance.now() - started) / 1000;
    const { parameters, weights } = memoryEstimate(policy.config, backend);
    const peak = process.resourceUsage().maxRSS * 1024; // the whole process, Node and TensorFlow included
    const settled = process.memoryUsage.rss();
    const [row] = await policy.generate(["the cat"], { maxTokens: 2, temperature: 0 });
    process.stdout.write(`${JSON.stringify({ backend: backend.name, parameters, weightsGB: weights / 1e9, rssBeforeGB: before / 1e9, peakGB: peak / 1e9, settledGB: settled / 1e9, peakOverWeights: peak / weights, loadSeconds: seconds, generated: row!.tokens.length })}\n`);
  } catch (error) {
    if ((error as Error).name !== "RangeError") throw error;
    process.stdout.write(`${JSON.stringify({ backend: backend.name, refused: (error as Error).message })}\n`);
  }
}

void main(process.argv[2]!);
