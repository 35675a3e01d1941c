import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { distributions } from "../../lib/backend/composed/distributions";
import { truncate } from "../../lib/backend/composed/sampling";
import { samplingSettings, type GenerationOptions } from "../../lib/models/generation/sampling-options";
import { temporaryFolder } from "../fixtures";
import { peer, transformersPython } from "./peer";

/** What a token is drawn from, against the processors of transformers' own `generate`. */
const python = transformersPython();

const cases: readonly GenerationOptions[] = [
  {},
  { temperature: 0.6 },
  { temperature: 1.7 },
  { topK: 1 },
  { topK: 20 },
  { topP: 0.3 },
  { topP: 0.95 },
  { minP: 0.1 },
  { repetitionPenalty: 1.3 },
  { repetitionPenalty: 0.8 },
  { temperature: 0.7, topK: 20, topP: 0.8, repetitionPenalty: 1.05 }, // Qwen2.5's own
  { temperature: 1.5, topK: 50, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1 },
];

if (python) {
  test.before(async () => void (await useBackend()));

  test("every combination of settings draws from the distribution that transformers draws from", async () => {
    const V = 5000;
    const rng = random("warpers");
    const normal = () => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
    const logits = [1, 4].map((scale) => Array.from({ length: V }, () => Math.fround(scale * normal())));
    const seen = logits.map(() => Array.from({ length: 60 }, () => rng.below(V)));
    const file = join(temporaryFolder(), "cases.json");
    const named = ({ temperature, topK = 0, topP, minP, repetitionPenalty }: GenerationOptions) => ({
      temperature,
      top_k: topK,
      top_p: topP,
      min_p: minP,
      repetition_penalty: repetitionPenalty,
    });
    writeFileSync(file, JSON.stringify(cases.map((options) => ({ logits, seen, settings: named(options) }))));
    const results = peer(python, "warp", file) as { names: string[]; probabilities: number[][] }[];
    assert.equal(results.at(-1)!.names, [
      "RepetitionPenaltyLogitsProcessor",
      "TemperatureLogitsWarper",
      "TopKLogitsWarper",
      "TopPLogitsWarper",
      "MinPLogitsWarper",
    ]);
    let worst = 0;
    for (const [c, options] of cases.entries()) {
      const settings = samplingSettings(options);
      const tensor = tf.tensor2d(logits);
      const { drawn } = await distributions(tensor, { ...settings, seen: seen.map((ids) => new Set(ids)) });
      tensor.dispose();
      for (const [b, expected] of results[c]!.probabilities.entries()) {
        const own = drawn.slice(b * V, (b + 1) * V);
        truncate(own, settings);
        const mass = own.reduce((sum, p) => sum + p, 0);
        assert.is(
          own.filter((p) => p > 0).length,
          expected.filter((p) => p > 0).length,
          `${JSON.stringify(options)}: tokens kept`,
        );
        for (const [id, p] of expected.entries()) worst = Math.max(worst, Math.abs(own[id]! / mass - p));
      }
    }
    console.log(`${cases.length} settings, 2 × ${V} probabilities: they differ by ${worst.toExponential(1)} at most`);
    assert.ok(worst < 1e-6, `${worst}`);
  });
}

test.run();
