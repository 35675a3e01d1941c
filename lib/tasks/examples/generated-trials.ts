import type { Random } from "../../core/random";
import type { Split } from "../../data/literature/splits";
import { askAgain } from "../../data/literature/questions";
import { writeTrace } from "../../data/literature/writer";
import { completionOf, publicationPrompt } from "../../prompts/templates";
import { familyOf } from "../../rewards/families";
import type { RecallReward } from "../../rewards/recall-choice";
import { task } from "../task";
import { syntheticTrials } from "./synthetic-trials";

/** Trials of the synthetic registry; the prompt is the one that the shipped policy was trained on. */
export async function generatedTrials({ reward = "F3" }: { readonly reward?: RecallReward }) {
  const { source, engine, asked } = syntheticTrials();
  const practice = asked("train").map(({ review }) => review);
  return {
    of: (split: Split, limit: number) =>
      task({
        name: `generated trials/${split}`,
        family: familyOf("ctgov"),
        problems: asked(split)
          .slice(0, limit)
          .map(({ problem }) => problem),
        prompt: publicationPrompt,
        engine,
        reward,
      }),
    demonstrate(rng: Random) {
      const review = askAgain(rng.pick(practice), source, rng);
      const { think, query } = writeTrace(review, source, rng);
      return {
        prompt: publicationPrompt({ query: review.question, pico: review.pico }),
        response: completionOf(query, think),
      };
    },
  };
}
