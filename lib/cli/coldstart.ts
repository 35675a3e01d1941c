import { join } from "node:path";
import { random, type Random } from "../core/random";
import type { Problem } from "../core/records";
import { syntheticLiterature, type Review } from "../data/literature/literature";
import { askAgain } from "../data/literature/questions";
import { writeTrace } from "../data/literature/writer";
import { trainBpe } from "../models/bpe";
import { smallDecoder } from "../models/config";
import { criticFrom } from "../models/critic";
import { untrained } from "../models/policy";
import { tokenizerFrom } from "../models/tokenizer";
import { completionOf, publicationPrompt } from "../prompts/templates";
import { pubmed } from "../tasks/pubmed";
import { fitCritic } from "../training/fit-critic";
import { sft } from "../training/sft";
import { validate } from "../training/validation";

/** Settings of the cold start: what `npm run coldstart` may be given. */
export const coldstartDefaults = {
  folder: "data/checkpoints/pubmed-coldstart",
  steps: 300, // of imitation
  criticSteps: 100, // of the critic's cold start; 0 leaves it out
  vocabulary: 2048, // tokens
  seed: 0,
};

/**
 * Makes the checkpoint that the notebook starts from: a tokenizer and a small decoder taught, from random weights,
 * to write as a rule-based and mostly mediocre searcher does; and a critic taught what such writing earns.
 */
export async function coldstart(settings: typeof coldstartDefaults, log: (line: string) => void): Promise<void> {
  const { folder, steps, criticSteps, vocabulary, seed } = settings;
  const literature = syntheticLiterature();
  const train = literature.reviews.filter(({ split }) => split === "train");
  const draw = (rng: Random): { review: Review; prompt: string; response: string } => {
    const review = askAgain(rng.pick(train), literature, rng);
    const { think, query } = writeTrace(review, literature, rng);
    return { review, prompt: publicationPrompt({ query: review.question, pico: review.pico }), response: completionOf(query, think) };
  };

  const sample = Array.from({ length: 6000 }, (_, i) => draw(random("tokenizer").fork(i))); // the same tokenizer for every seed
  const terms = literature.vocabulary.concepts.flatMap((concept) => [concept.heading, ...concept.terms.flatMap((term) => [` ${term}`, `(${term}`])]);
  const tokenizer = tokenizerFrom(trainBpe([...sample.flatMap(({ prompt, response }) => [prompt, response]), ...terms, ...terms], vocabulary));
  const policy = untrained({ ...smallDecoder, vocab_size: tokenizer.size }, tokenizer, seed);
  log(`policy of ${(policy.parameters / 1e6).toFixed(2)} million parameters, ${tokenizer.size} tokens`);

  const started = performance.now();
  for await (const step of sft(policy, draw, { steps, seed })) {
    if (step.step % 20 === 0) log(`sft ${step.step}/${steps}  loss ${step["train/loss"].toFixed(3)}  ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  policy.save(folder, "BF16");

  const validation = await pubmed({ split: "validation" });
  log(JSON.stringify(await validate(policy, validation, 96)));
  if (criticSteps) {
    const critic = criticFrom(policy);
    const training = await pubmed({ split: "train" });
    const scored = async (rng: Random) => {
      const { review, prompt, response } = draw(rng);
      const problem: Problem = training.problems.find(({ id }) => id === review.id)!;
      return { prompt, response, reward: (await training.score(problem, response)).reward };
    };
    for await (const step of fitCritic(critic, policy, scored, { steps: criticSteps, seed })) {
      if (step.step % 10 === 0) log(`critic ${step.step}/${criticSteps}  loss ${step["critic/vf_loss"].toFixed(3)}  explained variance ${step["critic/vf_explained_var"].toFixed(3)}`);
    }
    critic.save(join(folder, "critic"), "BF16");
    critic.dispose();
  }
  policy.dispose();
}
