/** The figures a training run ends with. */
export interface Report {
  readonly backend: string; // "native", "wasm", …
  readonly measure?: string; // what `recall` is a mean of: "R@50"
  readonly seconds: number; // wall time of the whole run
  readonly recall: {
    readonly typed: number; // mean recall of the question as typed
    readonly before: number; // of the policy before RL
    readonly after: number; // of the policy after RL
    readonly expert: number | null; // of an expert's query; null where the data has none
  };
  readonly p: number; // after against before, sign-flip test, two-sided
  readonly steps: number; // RL steps
  readonly seed: number;
}

/** MIME type under which a headless run finds the figures. */
export const reportMime = "application/vnd.deepretrieval.result+json";

/**
 * `figures` as a record that displays as JSON for machines and as a table for people, in any notebook that
 * honours `Symbol.for("Jupyter.display")`. Throws RangeError for a recall or p that is no fraction.
 */
export function report({ backend, measure, seconds, recall, p, steps, seed }: Figures): Report {
  const { typed, before, after, expert = null } = recall;
  for (const [name, value] of Object.entries({ typed, before, after, expert, p })) {
    if (value !== null && !(value >= 0 && value <= 1))
      throw new RangeError(`report: ${name} is ${value}; it must be a fraction in [0, 1].`);
  }
  const record: Report = {
    backend,
    ...(measure === undefined ? {} : { measure }),
    seconds,
    recall: { typed, before, after, expert },
    p,
    steps,
    seed,
  };
  const display = () => ({ [reportMime]: record, "text/plain": asText(record), "text/html": asHtml(record) });
  return Object.defineProperty(record, Symbol.for("Jupyter.display"), { value: display, enumerable: false });
}

/** A report before its checks: the expert may be missing. */
export type Figures = Omit<Report, "recall"> & {
  readonly recall: Omit<Report["recall"], "expert"> & { readonly expert?: number | null };
};

/** Label, recall and remark of every line. */
function lines({
  recall: { typed, before, after, expert },
  p,
}: Report): readonly (readonly [label: string, recall: string, remark: string])[] {
  const ofExpert = expert !== null && expert > 0 ? `, ${Math.round((100 * after) / expert)} % of the expert` : "";
  return [
    ["question as typed", typed.toFixed(3), ""],
    ["policy before RL", before.toFixed(3), ""],
    [
      "policy after RL",
      after.toFixed(3),
      `p ${p < 0.0005 ? "< 0.001" : `= ${p.toFixed(3)}`} against before${ofExpert}`,
    ],
    ["expert query", expert === null ? "–" : expert.toFixed(3), expert === null ? "none in these data" : ""],
  ];
}

const circumstances = ({ steps, seed, backend, seconds }: Report): string =>
  `${steps} steps, seed ${seed}, ${backend} backend, ${Math.round(seconds)} s`;

function asText(record: Report): string {
  const rows = [["system", record.measure ?? "recall", ""] as const, ...lines(record)];
  const table = rows.map(([label, recall, remark]) =>
    `${label.padEnd(17)}  ${recall.padStart(6)}  ${remark}`.trimEnd(),
  );
  return [...table, "", circumstances(record)].join("\n");
}

function asHtml(record: Report): string {
  const right = ' style="text-align:right"';
  const left = ' style="text-align:left"';
  const rows = lines(record).map(
    ([label, recall, remark]) =>
      `<tr><td${left}>${label}</td><td${right}>${recall}</td><td${left}>${escaped(remark)}</td></tr>`,
  );
  const head = `<tr><th${left}>system</th><th${right}>${escaped(record.measure ?? "recall")}</th><th></th></tr>`;
  const caption = `<caption${left}>${escaped(circumstances(record))}</caption>`;
  return `<table>${caption}<thead>${head}</thead><tbody>${rows.join("")}</tbody></table>`;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
