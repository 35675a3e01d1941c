import { random, type Random } from "../../core/random";
import type { Passage } from "../datasets/questions";
import type { Split } from "../literature/splits";
import { type Concept, type ConceptRole, conceptsOf, readVocabulary } from "../literature/vocabulary";
import { inventedNames } from "./invented-names";
import { asides, type Relation, relations } from "./relations";

/** A question, and what is needed to answer it well. */
export interface FactQuestion {
  readonly id: string;
  readonly split: Split;
  readonly text: string;
  readonly answer: string;
  readonly role: ConceptRole; // of what is asked about: a condition or an intervention
  readonly typed: string; // the name in the question
  readonly others: readonly string[]; // the concept's other names, in cyclic order after the typed one
  readonly word: string; // of the passage, which no question says
  readonly sameName: boolean; // the passage uses the name that was typed
}

/** Passages about facts that were invented, and questions that they answer. */
export interface Encyclopedia {
  readonly passages: readonly Passage[];
  readonly questions: readonly FactQuestion[];
}

/** Of each concept's facts, three fifths are asked for in training. */
const shares = { train: 0.6, validation: 0.15 } as const;

/** Questions to one fact, by split: training asks by several names. */
const asked: Readonly<Record<Split, number>> = { train: 2, validation: 1, test: 1 };

/**
 * An encyclopedia of conditions and treatments whose facts, people and towns are invented. A passage calls a thing by
 * one of its names and a question by any: what is asked for is rarely told in the words of the question. No fact is
 * asked for in two splits. The same seed gives the same encyclopedia, to the letter.
 */
export function inventedEncyclopedia(seed = 7): Encyclopedia {
  const rng = random(seed).fork("encyclopedia");
  const name = inventedNames(rng.fork("names"));
  const vocabulary = readVocabulary();
  const passages: Omit<Passage, "id">[] = [];
  const questions: FactQuestion[] = [];
  for (const relation of relations) {
    for (const concept of conceptsOf(vocabulary, relation.role)) {
      const draw = rng.fork(relation.id, concept.id);
      const called = draw.pick(concept.terms);
      const answer = name(relation.answer);
      passages.push({ title: "", text: filled(relation.passage, called, answer) });
      questions.push(...questionsTo(relation, concept, { called, answer }, draw));
    }
  }
  for (const concept of [...conceptsOf(vocabulary, "P"), ...conceptsOf(vocabulary, "I")])
    for (const [i, aside] of asides.entries())
      passages.push({ title: "", text: filled(aside, rng.fork("aside", concept.id, i).pick(concept.terms), "") });
  const shelved = rng.fork("shelf").shuffle(passages);
  return { passages: shelved.map((passage, i) => ({ id: `e${i + 1}`, ...passage })), questions };
}

function questionsTo(
  { id, questions, word }: Relation,
  concept: Concept,
  { called, answer }: { readonly called: string; readonly answer: string },
  rng: Random,
): FactQuestion[] {
  const at = rng.next();
  const split = at < shares.train ? "train" : at < shares.train + shares.validation ? "validation" : "test";
  return rng
    .shuffle(concept.terms)
    .slice(0, asked[split])
    .map((typed, i) => {
      const place = concept.terms.indexOf(typed);
      return {
        id: `${id}-${concept.id}-${i + 1}`,
        split,
        text: filled(rng.pick(questions), typed, answer),
        answer,
        role: concept.role,
        typed,
        others: [...concept.terms.slice(place + 1), ...concept.terms.slice(0, place)],
        word,
        sameName: typed === called,
      };
    });
}

const filled = (pattern: string, name: string, answer: string): string =>
  pattern.replace("NAME", name).replace("ANSWER", answer);
