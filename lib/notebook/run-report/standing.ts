/**
 * The state of a running evaluation, as a record for its progress line: the current system, the mean of its measures so
 * far, and its share of malformed answers. Undefined for rows that are no results.
 */
export function standing(rows: readonly object[]): Readonly<Record<string, unknown>> | undefined {
  const last = rows.at(-1);
  if (!isResult(last)) return undefined;
  const own = rows.filter((row): row is ResultLike => isResult(row) && row.system === last.system);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const names = Object.keys(last.measures).slice(0, mostMeasures);
  return {
    system: last.system,
    ...Object.fromEntries(names.map((name) => [name, mean(own.map(({ measures }) => measures[name] ?? 0))])),
    malformed: mean(own.map(({ malformed }) => Number(malformed === true))),
  };
}

const mostMeasures = 3; // of a line

interface ResultLike {
  readonly system: string;
  readonly measures: Readonly<Record<string, number>>;
  readonly malformed?: boolean;
}

const isResult = (row: unknown): row is ResultLike =>
  typeof (row as ResultLike | undefined)?.system === "string" &&
  typeof (row as ResultLike).measures === "object" &&
  (row as ResultLike).measures !== null;
