import type { Random } from "../../core/random";
import type { Publication } from "../../core/records";
import { calendar } from "./calendar";
import type { Difficulty } from "./difficulty";
import { passingMentions, prose } from "./prose";
import type { Pair } from "./splits";
import { conceptsOf } from "./vocabulary";
import type { Concept, Vocabulary } from "./vocabulary";

/** What a review is about; `comparator` and `outcome` belong to the review, its studies mostly share them. */
export interface Subject extends Pair {
  readonly comparator: Concept;
  readonly outcome: Concept;
}

/** What a record is about. Background has no `subject`, and may lack P or I. */
interface Topic {
  readonly subject?: number; // index of the reviewed pair it studies
  readonly P?: Concept;
  readonly I?: Concept;
}

/** The records, oldest first, and for each reviewed pair the positions of those that study it. */
export interface Records {
  readonly publications: readonly Publication[];
  readonly studies: readonly (readonly number[])[];
}

/** Real PMIDs stay far below this: a synthetic record can never be taken for a real one. */
const firstPmid = 900_000_001;

/** Writes `count` records: studies of the subjects, and background that shares a part with them. */
export function writePublications(
  vocabulary: Vocabulary,
  subjects: readonly Subject[],
  count: number,
  difficulty: Difficulty,
  rng: Random,
): Records {
  const usage = new Map(
    vocabulary.concepts.map(({ id, terms }) => [
      id,
      rng.fork("usage", id).shuffle(difficulty.usage.slice(0, terms.length)),
    ]),
  );
  const pool = {
    P: present(subjects, "population"),
    I: present(subjects, "intervention"),
    C: conceptsOf(vocabulary, "C"),
    O: conceptsOf(vocabulary, "O"),
  };
  const topics = rng
    .fork("order")
    .shuffle([
      ...studied(subjects, Math.round(count * difficulty.studied)),
      ...background(pool, subjects, count - Math.round(count * difficulty.studied), difficulty, rng),
    ]);
  const dates = calendar(count, difficulty, rng.fork("dates"));
  const studies: number[][] = subjects.map(() => []);
  const publications = topics.map((topic, n) => {
    if (topic.subject !== undefined) studies[topic.subject]!.push(n);
    return publication(topic, n, dates[n]!, rng.fork("record", n));
  });
  return { publications, studies };

  function publication(topic: Topic, n: number, date: string, draw: Random): Publication {
    const subject = topic.subject === undefined ? undefined : subjects[topic.subject]!;
    const C = subject && draw.next() < difficulty.ownComparator ? subject.comparator : draw.pick(pool.C);
    const O = subject && draw.next() < difficulty.ownOutcome ? subject.outcome : draw.pick(pool.O);
    const names = (concept: Concept | undefined, omitted: number): string[] => {
      if (concept === undefined || draw.next() < omitted) return [];
      const weights = usage.get(concept.id)!;
      const first = draw.weighted(weights);
      if (draw.next() >= difficulty.secondName) return [concept.terms[first]!];
      const second = draw.weighted(weights.map((weight, i) => (i === first ? 0 : weight)));
      return [concept.terms[first]!, concept.terms[second]!];
    };
    const passing = (["P", "I", "O"] as const).flatMap((role) => {
      const share = { P: difficulty.otherPopulation, I: difficulty.otherIntervention, O: difficulty.otherOutcome }[
        role
      ];
      const other = draw.pick(pool[role]);
      const term = other.terms[draw.weighted(usage.get(other.id)!)]!;
      if (draw.next() >= share || other === topic.P || other === topic.I || other === O) return [];
      return [draw.pick(passingMentions[role]).replace("{}", term)];
    });
    const content = {
      P: names(topic.P, difficulty.unnamed),
      I: names(topic.I, difficulty.unnamed),
      C: names(C, 0),
      O: names(O, 0),
      passing,
    };
    return {
      pmid: String(firstPmid + n * 3),
      ...prose({ ...content, route: topic.I?.route ?? "", goal: O.goal ?? "change" }, difficulty.generalWords, draw),
      mesh: headings([topic.P, topic.I, C, O], date, difficulty, draw),
      date,
      journal: draw.pick(journals),
      authors: Array.from({ length: 2 + draw.below(5) }, () => `${draw.pick(surnames)} ${draw.pick(initials)}`),
      types: ["Journal Article", draw.pick(types)],
    };
  }
}

function present(subjects: readonly Subject[], part: "population" | "intervention"): Concept[] {
  return [...new Set(subjects.map((subject) => subject[part]))];
}

function studied(subjects: readonly Subject[], count: number): Topic[] {
  return Array.from({ length: count }, (_, n) => {
    const subject = n % subjects.length;
    return { subject, P: subjects[subject]!.population, I: subjects[subject]!.intervention };
  });
}

/** Records that share P but not I, I but not P, or both with different reviews. */
function background(
  pool: { readonly P: readonly Concept[]; readonly I: readonly Concept[] },
  subjects: readonly Subject[],
  count: number,
  difficulty: Difficulty,
  rng: Random,
): Topic[] {
  const reviewed = new Set(subjects.map(({ population, intervention }) => `${population.id}/${intervention.id}`));
  const { populationOnly, interventionOnly } = difficulty;
  return Array.from({ length: count }, (_, n) => {
    const draw = rng.fork("background", n);
    const kind = draw.weighted([populationOnly, interventionOnly, 1 - populationOnly - interventionOnly]);
    const [P, I] = [draw.pick(pool.P), draw.pick(pool.I)];
    if (kind === 0 || (kind === 2 && reviewed.has(`${P.id}/${I.id}`))) return { P };
    return kind === 1 ? { I } : { P, I };
  });
}

/** MeSH of an indexed record, the conditions and treatments major; none for a record still waiting for it. */
function headings(
  [P, I, C, O]: readonly (Concept | undefined)[],
  date: string,
  difficulty: Difficulty,
  draw: Random,
): string[] {
  const { firstYear, lastYear, indexedFirst, indexedLast } = difficulty;
  const age = (Number(date.slice(0, 4)) - firstYear) / Math.max(1, lastYear - firstYear);
  if (draw.next() >= indexedFirst + age * (indexedLast - indexedFirst)) return [];
  const isDrug = I?.route !== undefined;
  const given = [
    P && `*${P.heading}${isDrug ? "/drug therapy" : "/therapy"}`,
    I && `*${I.heading}${isDrug ? "/therapeutic use" : ""}`,
    C?.heading,
    O?.heading,
  ].filter((heading): heading is string => heading !== undefined && draw.next() < difficulty.headingGiven);
  return [...given, "Humans", draw.pick(["Female", "Male", "Adult", "Middle Aged"])];
}

// Invented names that no query contains. None of their words is a term of the vocabulary.
const journals = [
  "Synthetic Journal of Medicine",
  "Annals of Synthetic Trials",
  "Synthetic Clinical Reports",
  "Archives of Synthetic Therapy",
  "Synthetic Evidence Letters",
];
const surnames = [
  "Abel",
  "Baker",
  "Carter",
  "Diaz",
  "Evans",
  "Fischer",
  "Garcia",
  "Hansen",
  "Ito",
  "Jensen",
  "Kim",
  "Larsen",
  "Meyer",
  "Novak",
  "Okafor",
  "Patel",
  "Quinn",
  "Rossi",
  "Silva",
  "Tanaka",
  "Umar",
  "Vogel",
  "Weber",
  "Xu",
  "Young",
  "Zhang",
];
const initials = ["A", "B", "E", "G", "H", "J", "K", "M", "P", "R", "S", "T"];
const types = [
  "Randomized Controlled Trial",
  "Randomized Controlled Trial",
  "Randomized Controlled Trial",
  "Clinical Trial",
  "Multicenter Study",
  "Observational Study",
  "Comparative Study",
];
