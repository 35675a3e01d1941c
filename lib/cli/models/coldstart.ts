import { join } from "node:path";
import { random, type Random } from "../../core/random";
import type { Problem } from "../../core/records";
import { syntheticLiterature, type Review, type SyntheticLiterature } from "../../data/literature/literature";
import { askAgain, type Strangeness } from "../../data/literature/questions";
import { thesaurusEntry } from "../../data/literature/thesaurus-entry";
import { writeTrace } from "../../data/literature/writer";
import { useBackend } from "../../backend/choose";
import { trainBpe } from "../../models/tokenizers/bpe";
import { smallDecoder } from "../../models/decoder/config";
import { criticFrom } from "../../models/critic";
import { qwen2, untrained, type Policy } from "../../models/policy";
import { tokenizerFrom, type Tokenizer } from "../../models/tokenizers/tokenizer";
import { completionOf, publicationPrompt } from "../../prompts/templates";
import { pubmed } from "../../tasks/pubmed";
import { fitCritic } from "../../training/supervised/fit-critic";
import { sft, type Example } from "../../training/supervised/sft";
import { validate } from "../../training/loop/validation";
import { command, exitCodes } from "../command/command";
import { number, pathHere, text, type Values } from "../command/options";
import { whole } from "../../core/ranges";

/** Settings of the cold start. */
const coldstartDefaults = {
  folder: "data/checkpoints/pubmed-coldstart",
  steps: 1300, // of imitation: copying a name from the question is learnt last, between steps 300 and 1000
  learningRate: 1.5e-3, // peak; at 2e-3 one seed in three never learnt to copy unknown names
  criticSteps: 160, // of the critic's own cold start
  vocabulary: 2048, // tokens
  unknown: 0.5, // share of questions with made-up names, so that copying is learnt and not only recognising
  wrapped: 0.5, // share of populations and interventions in made-up company
  entries: 0.2, // share of thesaurus entries among the examples: what things are called, without a question
  seed: 0,
};
type ColdstartSettings = typeof coldstartDefaults;

const options = {
  folder: text("DIR", `where to (${coldstartDefaults.folder})`),
  seed: number("N", `names every random stream (${coldstartDefaults.seed})`, whole(0), coldstartDefaults.seed),
  steps: number(
    "N",
    `of imitation (${coldstartDefaults.steps}); 0 keeps the policy in DIR and makes its critic`,
    whole(0),
    coldstartDefaults.steps,
  ),
  criticSteps: number(
    "N",
    `of the critic's own cold start (${coldstartDefaults.criticSteps})`,
    whole(0),
    coldstartDefaults.criticSteps,
  ),
};

/** `deepretrieval coldstart`. */
export const coldstart = command({
  topic: "Data and models",
  words: "coldstart",
  calls: "coldstart [options]",
  does: "make the checkpoint that the PubMed notebook starts from",
  options,
  run: makeCheckpoint,
});

async function makeCheckpoint({ folder, ...numbers }: Values<typeof options>): Promise<number> {
  const settings = {
    ...coldstartDefaults,
    ...numbers,
    folder: folder === undefined ? coldstartDefaults.folder : pathHere(folder),
  };
  await useBackend();
  await teach(settings, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${settings.folder}\n`);
  return exitCodes.ok;
}

/**
 * Teaches a small decoder, from random weights, to write as a rule-based and mostly mediocre searcher does, and what
 * things are called; and a critic what such writing earns. Of the questions only those of training are read, and no
 * question uses a reserved name; the thesaurus has all names. The validation split is looked at once, to report.
 */
async function teach(settings: ColdstartSettings, log: (line: string) => void): Promise<void> {
  const literature = syntheticLiterature();
  const draw = examples(literature);
  const started = performance.now();
  const say = (what: string): void => log(`${what}  ${((performance.now() - started) / 1000).toFixed(0)} s`);
  if (settings.steps > 0) await teachPolicy(settings, literature, draw, say);
  const policy = qwen2(settings.folder); // as it ships, rounded to BF16
  log(JSON.stringify(await validate(policy, await pubmed({ split: "validation" }), 144)));
  await teachCritic(settings, policy, draw, say);
  policy.dispose();
}

async function teachPolicy(
  settings: ColdstartSettings,
  literature: SyntheticLiterature,
  draw: Draw,
  say: (what: string) => void,
): Promise<void> {
  const { folder, steps, learningRate, vocabulary, seed } = settings;
  const tokenizer = tokenizerOf(literature, draw, vocabulary, settings);
  const policy = untrained({ ...smallDecoder, vocab_size: tokenizer.size }, tokenizer, seed);
  say(`policy of ${(policy.parameters / 1e6).toFixed(2)} million parameters, ${tokenizer.size} tokens`);
  const example = (rng: Random): Example =>
    rng.fork("entry").next() < settings.entries ? thesaurusEntry(literature.vocabulary, rng) : draw(rng, settings);
  for await (const step of sft(policy, example, { steps, learningRate, seed })) {
    if (step.step % 20 === 0) say(`imitation ${step.step}/${steps}  loss ${step["train/loss"].toFixed(3)}`);
  }
  policy.save(folder, "BF16");
  policy.dispose();
}

async function teachCritic(
  { folder, criticSteps, seed }: ColdstartSettings,
  policy: Policy,
  draw: Draw,
  say: (what: string) => void,
): Promise<void> {
  const critic = criticFrom(policy);
  const train = await pubmed({ split: "train" });
  const problems = new Map(train.problems.map((problem) => [problem.id, problem] as [string, Problem]));
  const scored = async (rng: Random) => {
    const { review, ...written } = draw(rng, { unknown: 0, wrapped: 0 });
    return { ...written, reward: (await train.score(problems.get(review.id)!, written.response)).reward };
  };
  for await (const step of fitCritic(critic, policy, scored, { steps: criticSteps, seed })) {
    if (step.step % 10 === 0)
      say(
        `critic ${step.step}/${criticSteps}  loss ${step["critic/vf_loss"].toFixed(3)}  explained variance ` +
          `${step["critic/vf_explained_var"].toFixed(3)}`,
      );
  }
  critic.save(join(folder, "critic"), "BF16");
  critic.dispose();
}

type Draw = (rng: Random, strangeness: Strangeness) => Example & { readonly review: Review };

/** Draws a training review asked in some way, and how the rule-based searcher answers. */
function examples(literature: SyntheticLiterature): Draw {
  const train = literature.reviews.filter(({ split }) => split === "train");
  return (rng, strangeness) => {
    const review = askAgain(rng.pick(train), literature, rng, strangeness);
    const { think, query } = writeTrace(review, literature, rng);
    return {
      review,
      prompt: publicationPrompt({ query: review.question, pico: review.pico }),
      response: completionOf(query, think),
    };
  };
}

/**
 * A byte-level vocabulary of training questions and of the names that they may use; the same for every seed, so that
 * checkpoints share it. It is made without the reserved names: each of them is several tokens, which stand in other
 * words too. A reserved name that were a token of its own would stand in no question, and could not be copied from one.
 */
function tokenizerOf(literature: SyntheticLiterature, draw: Draw, size: number, strangeness: Strangeness): Tokenizer {
  const sample = Array.from({ length: 6000 }, (_, i) => draw(random("tokenizer").fork(i), strangeness));
  const reserved = new Set(Object.values(literature.reserved));
  const names = literature.vocabulary.concepts.flatMap(({ heading, terms }) => [
    heading,
    ...terms.filter((term) => !reserved.has(term)).flatMap((term) => [` ${term}`, `(${term}`]),
  ]);
  return tokenizerFrom(trainBpe([...sample.map(({ prompt }) => prompt), ...names, ...names], size));
}
