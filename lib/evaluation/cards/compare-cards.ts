import type { Environment } from "./environment";
import type { CardSystem, RunCard } from "./run-card";

/** How a number of one card agrees with that of another. */
export interface NumberAgreement {
  readonly system: string;
  readonly metric: string;
  readonly before: number | null; // null where the card does not have it
  readonly after: number | null;
  readonly difference: number | null; // after − before
  readonly agreement:
    | "equal" // to the last digit
    | "equal but for rounding" // within 1e-9
    | "within the interval" // of 95 % that the first card gives
    | "differs"
    | "only before"
    | "only after";
}

/** Two run cards side by side. */
export interface CardComparison {
  readonly numbers: readonly NumberAgreement[];
  // in which they differ
  readonly circumstances: readonly { readonly what: string; readonly before: string; readonly after: string }[];
  readonly sameData: boolean; // the same problems and the same prompts
  readonly sameQuestions: boolean; // each system was asked as many questions, and as many of them failed
  // the same data, as many questions answered, and no number differs or is missing
  readonly agrees: boolean;
}

/**
 * Says where two evaluations differ and by how much, in their numbers and in their circumstances. A difference is after
 * − before, in the unit of its measure. Borrows both cards.
 */
export function compareCards(before: RunCard, after: RunCard): CardComparison {
  const names = [...new Set([...before.systems, ...after.systems].map(({ system }) => system))];
  const numbers = names.flatMap((system) => systemNumbers(system, before, after));
  const sameData =
    before.data.problemsHash === after.data.problemsHash && before.data.promptsHash === after.data.promptsHash;
  const wrong = new Set(["differs", "only before", "only after"]);
  const sameQuestions = names.every((system) => answeredBy(before, system) === answeredBy(after, system));
  return {
    numbers,
    circumstances: circumstances(before, after),
    sameData,
    sameQuestions,
    agrees: sameData && sameQuestions && numbers.length > 0 && numbers.every(({ agreement }) => !wrong.has(agreement)),
  };
}

/** How many questions a system answered, of how many, in words. */
function answeredBy({ systems }: RunCard, name: string): string {
  const found = systems.find(({ system }) => system === name);
  return found ? `${found.queries - found.failed} of ${found.queries}` : "";
}

function systemNumbers(system: string, before: RunCard, after: RunCard): readonly NumberAgreement[] {
  const of = (card: RunCard) => card.systems.find((each) => each.system === system)?.measures ?? {};
  const [was, is] = [of(before), of(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].map((metric): NumberAgreement => {
    const [first, second] = [was[metric], is[metric]];
    const numbers = { system, metric, before: first?.mean ?? null, after: second?.mean ?? null };
    if (!first || !second) return { ...numbers, difference: null, agreement: second ? "only after" : "only before" };
    const difference = second.mean - first.mean;
    const within = second.mean >= first.low && second.mean <= first.high;
    const agreement =
      difference === 0
        ? "equal"
        : Math.abs(difference) <= 1e-9
          ? "equal but for rounding"
          : within
            ? "within the interval"
            : "differs";
    return { ...numbers, difference, agreement };
  });
}

function circumstances(before: RunCard, after: RunCard): CardComparison["circumstances"] {
  const flat = (card: RunCard): Readonly<Record<string, string>> => ({
    ...prefixed("task", card.task),
    problems: `${card.data.problems}, ${card.data.problemsHash}`,
    prompts: card.data.promptsHash,
    status: card.status,
    ...prefixed("settings", card.settings),
    ...prefixed("environment", card.environment satisfies Environment),
    ...Object.assign({}, ...card.systems.map((each) => prefixed(each.system, { ...each.about, ...countsOf(each) }))),
  });
  const [was, is] = [flat(before), flat(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((what) => was[what] !== is[what])
    .map((what) => ({ what, before: was[what] ?? "–", after: is[what] ?? "–" }));
}

/** What a system did, besides its means. */
const countsOf = ({ queries, failed, malformed, queriesHash }: CardSystem): object => ({
  questions: `${queries}, ${failed} failed, ${malformed} malformed`,
  ...(queriesHash !== undefined && { "what it wrote": queriesHash }),
});

const prefixed = (name: string, facts: object): Record<string, string> =>
  Object.fromEntries(Object.entries(facts).map(([key, value]) => [`${name}: ${key}`, String(value)]));
