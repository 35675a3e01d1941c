import type { Random } from "../../core/random";
import type { Pico } from "../../core/records";
import type { Concept, ConceptRole } from "./vocabulary";

/** One value for each part of a clinical question. */
export type Parts<T> = Readonly<Record<ConceptRole, T>>;

/** Ways of saying something. */
interface Phrases {
  readonly common: readonly string[];
  readonly practice?: readonly string[]; // further ones, met in the cold start only
  readonly heldOut: readonly string[]; // in validation and test questions only
}

/** Who has the condition. */
export const populations: Phrases = {
  common: ["adults with {}", "patients with {}", "people with {}", "women with {}", "older adults with {}", "{}"],
  practice: [
    "children with {}",
    "inpatients with {}",
    "veterans with {}",
    "young people who have {}",
    "persons suffering from {}",
  ],
  heldOut: ["people living with {}", "men with {}", "outpatients with {}"],
};

/** How the intervention is given. {route} is dropped where the vocabulary has no route. */
const interventions: Phrases = {
  common: ["{route} {}", "{}", "treatment with {}", "daily {}"],
  practice: ["low dose {}", "weekly {}", "intensive {}", "a course of {}", "adjunctive {}", "repeated {}"],
  heldOut: ["early {}", "long term {}"],
};

/** The whole question. Some questions do not name the comparison or the outcome. */
const questions: Phrases = {
  common: [
    "Does {I} compared with {C} {goal} {O} in {P}?",
    "In {P}, does {I} {goal} {O} more than {C}?",
    "Is {I} better than {C} for {O} in {P}?",
    "Does {I} {goal} {O} in {P}?",
    "Is {I} effective in {P}?",
    "Should {P} be given {I}?",
  ],
  heldOut: [
    "Among {P}, can {I} {goal} {O} compared with {C}?",
    "Can {I} {goal} {O} in {P}?",
    "Is there evidence for {I} in {P}?",
  ],
};

/** A clinical question in words: its four parts, and one sentence as a person would type it. */
export interface Wording {
  readonly pico: Pico;
  readonly question: string;
  readonly typedTerms: Parts<string>; // the one name by which each concept is called
}

interface WordingOptions {
  /** which phrasings there are besides the common ones */
  readonly from?: "common" | "practice" | "heldOut";
  /** a phrasing to use instead of those listed here */
  readonly wrapping?: (role: "P" | "I") => string | undefined;
}

/** Puts a question into words, naming each concept by its term in `typedTerms`. */
export function wording(
  concepts: Parts<Concept>,
  typedTerms: Parts<string>,
  rng: Random,
  { from = "common", wrapping }: WordingOptions = {},
): Wording {
  const pick = (phrases: Phrases) =>
    rng.pick(from === "common" ? phrases.common : [...phrases.common, ...(phrases[from] ?? [])]);
  const pico = {
    P: (wrapping?.("P") ?? pick(populations)).replace("{}", typedTerms.P),
    I: (wrapping?.("I") ?? pick(interventions))
      .replace("{route}", concepts.I.route ?? "")
      .replace("{}", typedTerms.I)
      .trim(),
    C: typedTerms.C,
    O: typedTerms.O,
  };
  const slots: Readonly<Record<string, string>> = { ...pico, goal: concepts.O.goal ?? "change" };
  const question = pick(questions).replace(/\{(\w+)\}/g, (_, slot: string) => slots[slot] ?? slot);
  return { pico, question, typedTerms };
}
