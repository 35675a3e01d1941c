import type { Random } from "../../core/random";
import { populations } from "./phrasing";

/** The content of a record before it is put into sentences. The first name of each list is its main name. */
export interface Content {
  readonly P: readonly string[]; // names used of the condition: none, one or two
  readonly I: readonly string[];
  readonly C: readonly string[];
  readonly O: readonly string[];
  readonly route: string; // "oral", or ""
  readonly goal: string; // "reduce" or "improve"
  readonly passing: readonly string[]; // whole sentences about other things
}

const unnamed = {
  P: "this condition",
  I: "the intervention under study",
  C: "the comparison arm",
  O: "the main endpoint",
} as const;

const titles = [
  "{I} versus {C} for {O} in {who}: a randomized trial",
  "Effect of {I} on {O} in {who}",
  "{I} in {who}: results after {n} months",
  "{O} after {I} or {C} in {P}",
  "{P} and {I}: a multicentre study of {O}",
  "Does {I} {goal} {O} in {P}?",
  "{I} for {P}: a controlled comparison with {C}",
];

const openings = [
  "Knowledge of {name} is far from complete.",
  "The burden of {name} continues to grow.",
  "How best to manage {name} is debated.",
  "Guidelines on {name} rest on small studies.",
];

const aims = [
  "We asked whether {I} is more effective than {C}: given early, can it {goal} {O} better?",
  "{I} was compared with {C} in {who}, to see which is better and more effective, and whether one can {goal} {O} " +
    "more; it was given from the first day.",
  "Evidence on whether {I}, compared with {C}, can {goal} {O} more is limited; a better and more effective " +
    "regimen may be given.",
];

const plainAims = [
  "{I} was tested against {C} in {n} centres; participants had {P}, and {O} was recorded.",
  "Participants with {P} received {I} or {C} by random allocation, and {O} was recorded at {n} weeks.",
  "Volunteers who had {P} were allocated to {I} or {C}; the primary endpoint was {O}.",
];

const eligibility = [
  "Eligible patients were adults, women and men with {P}, among them older people living at home and outpatients.",
  "Patients with {P} were enrolled: adults, women as well as men, older people included, all living in the " +
    "region and seen as outpatients.",
  "We enrolled {m} patients with {P}, both women and men, younger and older adults, people living alone and " +
    "outpatients.",
];

const regimens = [
  "Daily {route} treatment with {I} began early and was long term.",
  "Treatment with {route} {I} was daily, with an early phase and a long term phase.",
  "Early and long term treatment with {route} {I} was given daily.",
];

const results = [
  "A total of {m} participants completed the protocol; groups differed in {name} at {n} weeks.",
  "Among {m} participants, {name} differed between the groups (P = 0.0{n}).",
  "The groups, {m} participants in all, did not differ in {name} at {n} months.",
  "After {n} months the mean change in {name} favoured the first group ({m} participants).",
];

const conclusions = [
  "We see a place for {name} in practice.",
  "Larger trials of {name} are warranted.",
  "Tolerability of {name} was acceptable.",
  "The place of {name} is still open.",
];

const fillers = [
  "Assessors were masked to allocation.",
  "Analyses followed the intention to treat principle.",
  "Adverse events were mild and evenly distributed.",
  "Follow up was complete for nine of ten participants.",
  "Sample size was estimated from a pilot phase.",
  "Funding had no part in the design of the work.",
  "Baseline characteristics were balanced.",
  "Missing values were imputed under several assumptions.",
  "Subgroup findings should be read with caution.",
  "The protocol was registered before enrolment began.",
  "Findings agreed with those of earlier cohorts.",
  "Sensitivity analyses gave similar estimates.",
];

/** Sentences that mention something the study is not about. */
export const passingMentions = {
  P: ["Participants with {} were excluded.", "Some also had a history of {}.", "Findings may not apply to {}."],
  I: ["Concomitant {} was allowed.", "Nobody received {} during the study.", "Earlier work had looked at {}."],
  O: ["Secondary endpoints included {}.", "There was no signal for {}."],
} as const;

/**
 * Title and abstract of a record. `general`: how likely each kind of sentence with the everyday words of questions is.
 */
export function prose(
  content: Content,
  general: number,
  rng: Random,
): { readonly title: string; readonly abstract: string } {
  const main = (role: "P" | "I" | "C" | "O") => content[role][0] ?? unnamed[role];
  const who = rng.pick(populations.common).replace("{}", main("P"));
  const slots: Record<string, string> = {
    P: main("P"),
    I: main("I"),
    C: main("C"),
    O: main("O"),
    who,
    route: content.route,
    goal: content.goal,
    n: String(2 + rng.below(8)),
    m: String(40 + rng.below(900)),
  };
  const say = (templates: readonly string[], name = "") => fill(rng.pick(templates), { ...slots, name });
  const sentences = [
    ...content.P.slice(1).map((second) => say(openings, second)),
    say(rng.next() < general ? aims : plainAims),
    ...(rng.next() < general ? [say(eligibility)] : []),
    ...(rng.next() < general ? [say(regimens)] : []),
    say(results, content.O[1] ?? main("O")),
    ...content.C.slice(1).map((second) => fill("The second group was offered {name}.", { name: second })),
    ...content.passing,
    ...content.I.slice(1).map((second) => say(conclusions, second)),
    ...(rng.next() < 0.5 ? [say(fillers)] : []),
  ];
  return { title: fill(rng.pick(titles), slots), abstract: sentences.join(" ") };
}

/** Puts `slots` into `template`, tidies the blanks of empty ones, and begins with a capital. */
function fill(template: string, slots: Readonly<Record<string, string>>): string {
  const text = template
    .replace(/\{(\w+)\}/g, (_, slot: string) => slots[slot] ?? slot)
    .replace(/ {2,}/g, " ")
    .trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
