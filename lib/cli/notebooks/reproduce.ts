import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectPath } from "../../data/paths";
import { compareCards, type CardComparison } from "../../evaluation/cards/compare-cards";
import { parsedCard, runCardMime } from "../../evaluation/cards/read-card";
import type { RunCard } from "../../evaluation/cards/run-card";
import { cardFile } from "../../evaluation/cards/write-evaluation";
import { joined, type Notebook, type Text } from "../../notebook/runner/nbformat";
import { declaredParameters } from "../../notebook/runner/parameters";
import { command, exitCodes } from "../command/command";
import { flag, text, type Values } from "../command/options";
import { UsageError } from "../command/usage";
import { executeNotebook, loadNotebook } from "./execute-notebook";
import { timeout } from "./notebook-options";
import { runLine } from "./nb-run";

const options = {
  output: text("OUT", "executed notebook (default: it is not kept)", "o"),
  timeout,
  json: flag("print the comparison as JSON on stdout"),
};

/** `deepretrieval reproduce`. */
export const reproduce = command({
  topic: "Notebooks",
  words: "reproduce",
  calls: [
    ["reproduce RUNCARD [options]", "run an evaluation again and say which numbers agree, and within what"],
    ["reproduce RUNCARD OTHER", "compare two run cards: of two machines, two backends, two versions"],
  ],
  options,
  operands: { most: 2 },
  notes: `RUNCARD is the run-card.json that an evaluation wrote, or its folder. Its recipe names a notebook
and its parameters; the notebook is run with them, its parameter \`folder\` (where it has one) set to a new folder, and
the last run card that it shows is compared. Ends with 0 where the data are the same and every number is equal or within
the 95 % interval of the first card, else with 1.`,
  run: reproduceCard,
});

async function reproduceCard(values: Values<typeof options>, files: readonly string[]): Promise<number> {
  const [file, other] = files;
  if (file === undefined) throw new UsageError("which run card? Give the run-card.json of an evaluation.");
  const before = cardIn(file);
  const after = other === undefined ? await ranAgain(file, before, values) : cardIn(other);
  if (typeof after === "number") return after;
  const comparison = compareCards(before, after);
  process.stdout.write(values.json ? `${JSON.stringify(comparison)}\n` : comparisonText(comparison));
  return comparison.agrees ? exitCodes.ok : exitCodes.failed;
}

/** The card in a file, or in the folder of an evaluation. */
function cardIn(path: string): RunCard {
  const file = existsSync(path) && statSync(path).isDirectory() ? cardFile(path) : path;
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  return parsedCard(file, readFileSync(file, "utf8"));
}

/** The card of the notebook that made `card`, run again; the exit code where it did not come to its end. */
async function ranAgain(
  file: string,
  { recipe }: RunCard,
  { output, timeout }: Values<typeof options>,
): Promise<RunCard | number> {
  if (recipe === undefined)
    throw new UsageError(
      `${file} names no notebook that made it, so there is nothing to run again. Give evaluate a recipe, { ` +
        "notebook, parameters }, or a second run card to compare with.",
    );
  const source = projectPath(recipe.notebook);
  if (!existsSync(source))
    throw new UsageError(`${file} was made by ${recipe.notebook}, which is not here (looked for ${source})`);
  const scratch = mkdtempSync(path.join(tmpdir(), "deepretrieval-reproduce-"));
  try {
    const declared = declaredParameters(loadNotebook(source, {}));
    const parameters = Object.fromEntries(
      Object.entries(recipe.parameters ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const own: Record<string, string> = declared.some(({ name }) => name === "folder")
      ? { folder: path.join(scratch, "run") }
      : {};
    const used = { ...parameters, ...own };
    const report = await executeNotebook({
      file: source,
      notebook: loadNotebook(source, used),
      out: output ?? path.join(scratch, "executed.ipynb"),
      parameters: used,
      timeout,
    });
    process.stderr.write(`${runLine(report)}\n`);
    if (report.status !== "ok") return exitCodes[report.status];
    const card = lastCard(report.notebook, recipe.notebook);
    if (card === undefined)
      throw new UsageError(`${recipe.notebook} showed no run card. Its last cell should be runCard(folder).`);
    return card;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The last run card that a notebook shows. */
function lastCard({ cells }: Notebook, name: string): RunCard | undefined {
  const shown = cells
    .flatMap((cell) => cell.outputs ?? [])
    .flatMap((output) =>
      "data" in output && output.data[runCardMime] !== undefined ? [output.data[runCardMime]] : [],
    );
  const last = shown.at(-1);
  if (last === undefined) return undefined;
  const text = typeof last === "string" || Array.isArray(last) ? joined(last as Text) : JSON.stringify(last);
  return parsedCard(name, text);
}

/** A comparison in lines. */
export function comparisonText({ numbers, circumstances, sameData, sameQuestions, agrees }: CardComparison): string {
  const shown = (value: number | null): string => (value === null ? "–" : value.toFixed(6));
  const lines = numbers.map(({ system, metric, before, after, difference, agreement }) => {
    const by = difference ? ` (${difference > 0 ? "+" : ""}${difference.toExponential(2)})` : "";
    return `${system}, ${metric}: ${shown(before)} → ${shown(after)}  ${agreement}${by}`;
  });
  const other = circumstances.map(({ what, before, after }) => `  ${what}: ${before} → ${after}`);
  return [
    ...lines,
    sameData ? "The questions and the prompts are the same." : "The questions or the prompts are not the same.",
    ...(sameQuestions ? [] : ["The systems did not answer as many questions, so their means are of others."]),
    other.length > 0 ? "What differs besides:" : "Everything else that the cards say is the same.",
    ...other,
    agrees ? "The numbers agree." : "The numbers do not agree.",
    "",
  ].join("\n");
}
