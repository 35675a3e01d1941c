/**
 * The exact prompts of a data set without a copy of them: a template is what remains of a prompt when the columns
 * that were written into it are cut out. It is learnt from the rows and verified on every one of them.
 */

/** One row to learn from: its prompt, and the columns written into it, in the order they stand there. */
export interface PromptRow {
  readonly prompt: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Texts around slots: `texts[0] + slots[0] + texts[1] + …`; one text more than slots. */
export interface Template {
  readonly slots: readonly string[];
  readonly texts: readonly string[];
}

/**
 * The slot whose text is in no column and differs between rows: the schema in SQL prompts. It is always the first slot.
 */
export const schemaSlot = "schema";

/**
 * The template of `rows`, which reproduces every one of them. Where the text before the first column differs between
 * rows, a slot called "schema" takes up the difference, cut at line breaks.
 *
 * Throws RangeError if no template fits all rows. The error names the first row that differs and the place.
 */
export function learnTemplate(rows: readonly PromptRow[]): Template {
  if (!rows.length)
    throw new RangeError(
      "learnTemplate: there are no rows. A template is what rows have in common: give at least one, better ten.",
    );
  const slots = Object.keys(rows[0]!.fields);
  const faults: string[] = [];
  for (const texts of cuts(clearest(rows), slots)) {
    const found = tails(rows, slots, texts);
    if (typeof found === "string") faults.push(found);
    else return found;
  }
  throw new RangeError(
    `learnTemplate: no template fits all ${rows.length} rows: ` +
      `${faults[0] ?? `the prompt does not contain its ${slots.join(", ")}`}. Learn each data_source by itself.`,
  );
}

/** The prompt of new `fields`. Throws TypeError for a slot that is missing. */
export function renderPrompt({ slots, texts }: Template, fields: Readonly<Record<string, string>>): string {
  const missing = slots.find((slot) => fields[slot] === undefined);
  if (missing !== undefined)
    throw new TypeError(
      `renderPrompt: there is no "${missing}" to write into the prompt; given are ` +
        `${Object.keys(fields).join(", ") || "none"}.`,
    );
  return texts[0]! + slots.map((slot, i) => fields[slot]! + texts[i + 1]!).join("");
}

/**
 * The texts in the slots of `prompt`; undefined if the prompt does not fit the template. It is the inverse of
 * `renderPrompt`, except for slots that repeat a text around them.
 */
export function slotsOf({ slots, texts }: Template, { prompt, fields }: PromptRow): Record<string, string> | undefined {
  const [known, tail] =
    slots[0] === schemaSlot && fields[schemaSlot] === undefined ? [slots.slice(1), texts.slice(1)] : [slots, texts];
  const head = headOf(prompt, known, tail, fields);
  if (head === undefined) return undefined;
  if (known === slots) return head === texts[0] ? { ...fields } : undefined;
  const [before, after] = [texts[0]!, texts[1]!];
  const fits = head.length >= before.length + after.length && head.startsWith(before) && head.endsWith(after);
  return fits ? { [schemaSlot]: head.slice(before.length, head.length - after.length), ...fields } : undefined;
}

/** The row that can be cut in the fewest ways: its prompt contains every column, each in few places. */
function clearest(rows: readonly PromptRow[]): PromptRow {
  const ways = ({ prompt, fields }: PromptRow): number =>
    Object.values(fields).reduce(
      (product, text) => product * (text === "" ? Infinity : prompt.split(text).length - 1 || Infinity),
      1,
    );
  const sample = rows.slice(0, 200);
  return sample.reduce((best, row) => (ways(row) < ways(best) ? row : best), sample[0]!);
}

/** Every way to cut the columns out of a prompt, latest places first: questions stand at the end. */
function* cuts({ prompt, fields }: PromptRow, slots: readonly string[]): Generator<string[], void> {
  if (!slots.length) {
    yield [prompt];
    return;
  }
  const [last, before] = [slots.at(-1)!, slots.slice(0, -1)];
  const value = fields[last]!;
  if (value === "") return;
  for (let at = prompt.lastIndexOf(value); at >= 0; at = at === 0 ? -1 : prompt.lastIndexOf(value, at - 1)) {
    for (const texts of cuts({ prompt: prompt.slice(0, at), fields }, before))
      yield [...texts, prompt.slice(at + value.length)];
  }
}

/** `prompt` without its columns and the texts after them, taken off from its end; undefined if it does not end so. */
function headOf(
  prompt: string,
  slots: readonly string[],
  texts: readonly string[],
  fields: PromptRow["fields"],
): string | undefined {
  let head = prompt;
  for (let i = slots.length - 1; i >= 0; i--) {
    const ending = fields[slots[i]!]! + texts[i + 1]!;
    if (!head.endsWith(ending)) return undefined;
    head = head.slice(0, head.length - ending.length);
  }
  return head;
}

/** The template with these texts after the columns, or the first row that it does not fit. */
function tails(rows: readonly PromptRow[], slots: readonly string[], texts: readonly string[]): Template | string {
  const heads: string[] = [];
  for (const [i, { prompt, fields }] of rows.entries()) {
    const head = headOf(prompt, slots, texts, fields);
    if (head === undefined)
      return `row ${i + 1} does not end in ${JSON.stringify(texts.at(-1)!.slice(-60))} after its ${slots.at(-1)}`;
    heads.push(head);
  }
  if (heads.every((head) => head === heads[0])) return { slots, texts: [heads[0]!, ...texts.slice(1)] };
  const shortest = Math.min(...heads.map(({ length }) => length));
  const before = upTo(heads, shortest, (head, i) => head[i]!);
  const first = heads[0]!.slice(0, heads[0]!.lastIndexOf("\n", before - 1) + 1);
  const after = upTo(heads, shortest - first.length, (head, i) => head[head.length - 1 - i]!);
  const common = heads[0]!.slice(heads[0]!.length - after);
  // a ")" that every schema ends in belongs to the schema: what follows it begins with a word
  const rest = common.search(/\n(?=\p{L})/u);
  if (!first || rest < 0)
    return (
      `rows 1 and ${heads.findIndex((head) => head !== heads[0]) + 1} differ before the ${slots[0]}, after ` +
      `${JSON.stringify(first.slice(-60))}`
    );
  return { slots: [schemaSlot, ...slots], texts: [first, common.slice(rest), ...texts.slice(1)] };
}

/** The number of characters that all heads have in common, read in the direction of `at`. */
function upTo(heads: readonly string[], limit: number, at: (head: string, i: number) => string): number {
  for (let i = 0; i < limit; i++) if (heads.some((head) => at(head, i) !== at(heads[0]!, i))) return i;
  return limit;
}
