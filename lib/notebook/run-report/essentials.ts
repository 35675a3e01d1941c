import { metricColumns, type Panel } from "./columns";

/** Columns of `reward/` that are not a measure of the task. */
const notMeasures = /^reward\/(mean|std|n_scored|n_total|outage_rate|outages\/.*|.*_ratio)$/;
const validationOf = (name: string): RegExp => new RegExp(`^val-core/.*/${name}/mean@1$`);

/**
 * The panels that tell whether PPO works. A column that no step has is left out, and so is a panel without columns.
 */
const ppoPanels = (measure: string | undefined): readonly (readonly RegExp[])[] => [
  [/^reward\/mean$/, validationOf("reward")],
  measure === undefined ? [] : [exactly(`reward/${measure}`), validationOf(escaped(measure))],
  [/^critic\/kl$/],
  [/^response_length\/mean$/],
  [/^reward\/format_error_ratio$/, /^response_length\/clip_ratio$/],
  [/^reward\/std$/],
];

/** The panels that a run shows by default. */
export function essentialPanels(rows: readonly object[]): Panel[] {
  if (!isReinforcement(rows)) return metricColumns(rows).map((column) => [column]);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const grid = ppoPanels(mainMeasure(columns)).map((panel) =>
    panel.flatMap((pattern) => columns.filter((column) => pattern.test(column))),
  );
  return grid.filter((panel) => panel.length > 0);
}

/** The columns in the line of a run: those of the panels, without those of validation. */
export const essentialColumns = (rows: readonly object[]): string[] =>
  essentialPanels(rows)
    .flat()
    .filter((column) => !column.startsWith("val-core/"));

/** The main measure of a task: the first one that its scores name. */
function mainMeasure(columns: readonly string[]): string | undefined {
  return columns.find((column) => column.startsWith("reward/") && !notMeasures.test(column))?.slice("reward/".length);
}

const isReinforcement = (rows: readonly object[]): boolean =>
  rows.some((row) => "reward/mean" in row && "training/global_step" in row);
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const exactly = (text: string): RegExp => new RegExp(`^${escaped(text)}$`);
