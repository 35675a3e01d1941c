import { existsSync, readFileSync, statSync } from "node:fs";
import { CorruptData } from "../../core/errors";
import { projectPath } from "../../data/paths";
import { wrongPart } from "./card-form";
import { cardVersion, type CardSystem, type RunCard } from "./run-card";
import { cardFile } from "./write-evaluation";

/** MIME type under which a notebook's outputs hold run cards. */
export const runCardMime = "application/vnd.deepretrieval.run-card+json";

/**
 * The run card of an evaluation, which a notebook shows as a table: what was asked of which data, where it ran, and
 * what came of it.
 *
 * @param path the folder that `evaluate` was given, or the card itself
 *
 * Throws RangeError where there is none; CorruptData for another file, and for a card in a form that this version does
 * not know.
 */
export function runCard(path: string): RunCard {
  const place = projectPath(path);
  const file = existsSync(place) && statSync(place).isDirectory() ? cardFile(place) : place;
  if (!existsSync(file))
    throw new RangeError(
      `runCard: there is no run card at ${file}. evaluate(task, systems, { folder }) writes one when it ends.`,
    );
  return shownCard(parsedCard(file, readFileSync(file, "utf8")));
}

/**
 * A card from its text. Throws CorruptData, naming `file`, for a text that is no run card, and for a card that lacks a
 * part or has a measure that is no number.
 */
export function parsedCard(file: string, text: string): RunCard {
  let value: Partial<RunCard> | null;
  try {
    value = JSON.parse(text) as Partial<RunCard> | null;
  } catch (cause) {
    const what = text.trim() === "" ? "it is empty" : `it is not JSON (${(cause as Error).message})`;
    throw new CorruptData(
      file,
      what,
      "Is this the run-card.json that evaluate wrote, and is all of it here? Copy it again, or evaluate again.",
      { cause },
    );
  }
  if (value?.kind !== "deepretrieval run card")
    throw new CorruptData(file, "it is no run card", 'One has "kind": "deepretrieval run card"; evaluate writes it.');
  if (value.version !== cardVersion)
    throw new CorruptData(
      file,
      `the run card is of version ${JSON.stringify(value.version)}, and this library ` +
        `(${String(value.environment?.library ?? "unknown")} wrote the card) reads version ${cardVersion}`,
      typeof value.version === "number" && value.version > cardVersion
        ? "Update this library."
        : "Evaluate again to get a card of this version.",
    );
  const wrong = wrongPart(value);
  if (wrong !== undefined)
    throw new CorruptData(file, `the run card has ${wrong}`, "Evaluate again: it is written anew.");
  return value as RunCard;
}

/** `card` with the method by which a notebook displays it. */
function shownCard(card: RunCard): RunCard {
  const display = () => ({ [runCardMime]: card, "text/plain": cardText(card) });
  return Object.defineProperty(card, Symbol.for("Jupyter.display"), { value: display, enumerable: false });
}

/** Facts in a line. What is empty, such as a parameter that was not given, is left out. */
const facts = (of: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(of)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

/** A card as lines of text, for a terminal and for pages that show no HTML. */
export function cardText(card: RunCard): string {
  const { task, data, settings, environment, systems, metrics, status, date, seconds, recipe } = card;
  const head: readonly (readonly [string, string])[] = [
    ["task", facts(task)],
    [
      "data",
      `${data.problems} problems, SHA-256 ${data.problemsHash.slice(0, 12)}…; prompts ` +
        `${data.promptsHash.slice(0, 12)}…`,
    ],
    ["settings", facts(settings) || "the defaults"],
    ["metrics", metrics.join(", ")],
    [
      "library",
      `${environment.library}, Node ${environment.node}, ${environment.platform}, package-lock ${environment.lock}`,
    ],
    ["processor", `${environment.processor}, ${environment.cores} cores, ${environment.memoryGB} GB`],
    ["ended", `${date}, ${status}, after ${seconds.toFixed(1)} s`],
    ...(recipe ? [["recipe", `${recipe.notebook} ${facts(recipe.parameters ?? {})}`.trim()] as const] : []),
  ];
  const lines = systems.flatMap((system) => systemLines(system));
  return [...head.map(([name, text]) => `${name.padEnd(9)}  ${text}`), "", ...lines].join("\n");
}

function systemLines({ system, about, queries, failed, malformed, measures }: CardSystem): readonly string[] {
  const counts = `${queries} questions, ${failed} failed, ${malformed} malformed`;
  const values = Object.entries(measures).map(
    ([name, { mean, low, high, failuresAsZero }]) =>
      `  ${name} ${mean.toFixed(4)} [${low.toFixed(4)}, ` +
      `${high.toFixed(4)}]${failed > 0 ? `, failures as 0: ${failuresAsZero.toFixed(4)}` : ""}`,
  );
  return [`${system}: ${counts}`, ...(Object.keys(about).length > 0 ? [`  ${facts(about)}`] : []), ...values];
}
