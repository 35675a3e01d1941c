import { scaleAnchors, type ScaleAnchor } from "./anchors";
import type { ScaleFramework } from "./frameworks";
import { scaleRun } from "./run";
import { type StepSeconds, stepSeconds } from "./seconds";

/** How one part of an anchor is predicted. */
export interface ScaleCheck {
  readonly anchor: string;
  readonly part: keyof StepSeconds;
  readonly measured: string; // seconds; "47–64" where several are reported
  readonly predicted: number; // seconds
  /** predicted over the nearest measured value; 1 between the ends of a span */
  readonly ratio: number;
  /** whether a constant was read off this value: then it says how well the constants agree, and proves nothing */
  readonly fitted: boolean;
  readonly source: string;
}

/** Every published or measured value beside the prediction: `show(table(scaleChecks()))`. */
export const scaleChecks = (): ScaleCheck[] => scaleAnchors.flatMap(checksOf);

function checksOf({ name, source, run, measured, fitted }: ScaleAnchor): ScaleCheck[] {
  const seconds = stepSeconds(scaleRun(run));
  return (Object.keys(measured) as (keyof StepSeconds)[]).map((part) => {
    const [low, high] = measured[part]!;
    const predicted = seconds[part];
    return {
      anchor: name,
      part,
      measured: low === high ? String(rounded(low)) : `${rounded(low)}–${rounded(high)}`,
      predicted: rounded(predicted),
      ratio: Number((predicted / Math.min(high, Math.max(low, predicted))).toFixed(2)),
      fitted: fitted.includes(part),
      source,
    };
  });
}

const rounded = (seconds: number): number => Number(seconds.toPrecision(3));

/**
 * The factor by which a step may be shorter or longer than estimated: the largest error, in either direction, among the
 * anchors of a framework. Of verl it is that of whole steps; of the others, that of the values that no constant was
 * read off.
 */
export function scaleUncertainty({ family }: ScaleFramework): number {
  const counts = ({ part, fitted }: ScaleCheck): boolean => (family === "verl" ? part === "total" : !fitted);
  const errors = scaleAnchors
    .filter(({ run }) => scaleRun(run).program.family === family)
    .flatMap(checksOf)
    .filter(counts)
    .map(({ ratio }) => Math.max(ratio, 1 / ratio));
  return Math.max(...errors);
}
