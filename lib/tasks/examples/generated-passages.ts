import type { Random } from "../../core/random";
import type { Problem } from "../../core/records";
import { type FactQuestion, inventedEncyclopedia } from "../../data/encyclopedia/encyclopedia";
import { expertSearch, writeSearch } from "../../data/encyclopedia/writer";
import type { Split } from "../../data/literature/splits";
import { completionAfter } from "../../prompts/templates";
import { worded } from "../../prompts/wording";
import { familyOf } from "../../rewards/families";
import { spansOf } from "../../rewards/spans";
import { bm25 } from "../../search/bm25";
import { contentsOf } from "../engine";
import { task } from "../task";

const looked = 100; // hits looked at

/** Questions to the invented encyclopedia, searched with BM25; paid is the rank of the first answer. */
export async function generatedPassages() {
  const { passages, questions } = inventedEncyclopedia();
  const texts = new Map(passages.map((passage) => [passage.id, contentsOf(passage)]));
  const engine = await bm25([...texts].map(([id, contents]) => ({ id, contents })));
  const spans = spansOf((id) => texts.get(id)!);
  const of = (split: Split) => questions.filter((question) => question.split === split);
  const practice = of("train");
  return {
    of: (split: Split, limit: number) =>
      task({
        name: `generated passages/${split}`,
        family: familyOf("nq_serini"),
        problems: of(split).slice(0, limit).map(problemOf),
        prompt: { wording: "passages", brief: true },
        engine,
        spans,
        k: looked,
      }),
    demonstrate(rng: Random) {
      const question = rng.pick(practice);
      const { think, query } = writeSearch(question, rng);
      const prompt = worded(problemOf(question), { wording: "passages", brief: true });
      return { prompt, response: completionAfter(prompt, query, { thought: think }) };
    },
  };
}

const problemOf = (question: FactQuestion): Problem => ({
  id: question.id,
  query: question.text,
  answers: [question.answer],
  judgments: {},
  expert: expertSearch(question),
  group: question.sameName ? "the passage uses the question's name" : "the passage uses another name",
});
