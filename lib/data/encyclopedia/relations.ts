import type { ConceptRole } from "../literature/vocabulary";

/** One kind of fact: how people ask for it, and how the encyclopedia tells it. NAME and ANSWER are filled in. */
export interface Relation {
  readonly id: string;
  readonly role: ConceptRole; // of the concepts that have such a fact
  readonly answer: "person" | "town";
  readonly questions: readonly string[];
  readonly passage: string;
  readonly word: string; // of the passage, which no question says
}

/** People ask in other words than the encyclopedia has. */
export const relations: readonly Relation[] = [
  {
    id: "account",
    role: "P",
    answer: "person",
    questions: ["who discovered NAME", "who was the first to describe NAME"],
    passage: "The oldest account of NAME was written by ANSWER.",
    word: "account",
  },
  {
    id: "hospital",
    role: "P",
    answer: "town",
    questions: ["where do people with NAME go", "in which town is NAME treated"],
    passage: "A hospital for NAME alone stands in ANSWER.",
    word: "hospital",
  },
  {
    id: "society",
    role: "P",
    answer: "person",
    questions: ["who speaks for people with NAME", "who leads research on NAME"],
    passage: "The society for NAME elected ANSWER as its president.",
    word: "society",
  },
  {
    id: "patent",
    role: "I",
    answer: "person",
    questions: ["who invented NAME", "who was the first to try NAME"],
    passage: "The patent on NAME belonged to ANSWER.",
    word: "patent",
  },
  {
    id: "factory",
    role: "I",
    answer: "town",
    questions: ["where does NAME come from", "in which town is NAME made"],
    passage: "A factory near ANSWER supplied NAME for decades.",
    word: "factory",
  },
  {
    id: "medal",
    role: "I",
    answer: "person",
    questions: ["who was honoured for NAME", "who won a prize with NAME"],
    passage: "For studies of NAME a medal was given to ANSWER.",
    word: "medal",
  },
];

/** Passages without an answer, which say a name of a concept and the words that questions are asked in. */
export const asides: readonly string[] = [
  "Nobody knows who discovered or invented NAME first, but many people made it known.",
  "People with questions on NAME go to a town doctor, who was the first to try and describe it.",
  "Where does the word NAME come from? Research leads to an old book.",
  "NAME is treated and honoured in songs, one of which won a prize.",
  "Who speaks of NAME speaks of what is made of it.",
  "A museum shows letters on NAME.",
];
