import type { Random } from "../../core/random";
import { conceptsOf, type Vocabulary } from "./vocabulary";

/** A prompt and its answer: one name of a concept, and all names of it. */
export interface ThesaurusEntry {
  readonly prompt: string;
  readonly response: string;
}

/**
 * Draws a condition or an intervention, asks for its names by one of them, and lists all of them: the asked one first,
 * the others in cyclic order, as `writeTrace` lists them.
 *
 * A language model has read what things are called before anybody asks it for a query. An entry is no question: it has
 * no parts, no wording of questions and no query. So names that training questions never use are known, not practised.
 */
export function thesaurusEntry(vocabulary: Vocabulary, rng: Random): ThesaurusEntry {
  const { terms } = rng.pick([...conceptsOf(vocabulary, "P"), ...conceptsOf(vocabulary, "I")]);
  const first = rng.below(terms.length);
  const names = [...terms.slice(first), ...terms.slice(0, first)];
  return {
    prompt: `<|im_start|>user\nNames of ${names[0]}<|im_end|>\n<|im_start|>assistant\n`,
    response: ` ${names.join(", ")}`,
  };
}
