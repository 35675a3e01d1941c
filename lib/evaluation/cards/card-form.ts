import { shown } from "../../core/settings";
import type { CardMeasure, CardSystem, RunCard } from "./run-card";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What is wrong with a value that calls itself a run card of this version, in words that follow "the run card has";
 * undefined where it is whole. Another program may have written it, or a person may have changed it.
 */
export function wrongPart(card: Partial<RunCard>): string | undefined {
  for (const name of ["task", "data", "settings", "environment"] as const)
    if (!isRecord(card[name])) return `no ${name}`;
  for (const name of ["problemsHash", "promptsHash"] as const)
    if (typeof card.data![name] !== "string") return `no ${name} in its data`;
  for (const name of ["metrics", "systems"] as const) if (!Array.isArray(card[name])) return `no list of ${name}`;
  if (card.recipe !== undefined && typeof card.recipe?.notebook !== "string") return "a recipe without a notebook";
  for (const [i, system] of card.systems!.entries()) {
    const wrong = wrongSystem(system, i);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongSystem(given: CardSystem, place: number): string | undefined {
  const { system, about, measures, ...counts }: Partial<CardSystem> = isRecord(given) ? given : {};
  if (typeof system !== "string") return `no name in its system ${place}`;
  if (!isRecord(about) || !isRecord(measures)) return `a system "${system}" without about or measures`;
  for (const name of ["queries", "failed", "malformed"] as const)
    if (!Number.isInteger(counts[name])) return `${shown(name, counts[name])} as ${name} of "${system}"`;
  for (const [metric, measure] of Object.entries<Partial<CardMeasure> | null>(measures))
    for (const name of ["mean", "low", "high", "failuresAsZero"] as const)
      if (!Number.isFinite(measure?.[name]))
        return `${shown(name, measure?.[name])} as ${name} of ${metric} of "${system}", which is no number`;
  return undefined;
}
