/** A value of verl's configuration. */
export type HydraValue = string | number | boolean | null | readonly string[];

/** Overrides by their keys, in the order in which they are written. A key may begin with "+" or "++". */
export type Overrides = Readonly<Record<string, HydraValue>>;

const unlimited = 1_000_000_000; // infinity would make 0 · ∞, which is no number, of an advantage of 0

/** Every override as a word of the command line, before the shell's quotes: `data.seed=42`. */
export const hydraArguments = (overrides: Overrides): string[] =>
  Object.entries(overrides).map(([key, value]) => `${key}=${written(value)}`);

function written(value: HydraValue): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value === Infinity ? unlimited : value);
  if (typeof value === "string") return plain.test(value) && !special.test(value) ? value : quoted(value);
  return `[${value.map(quoted).join(",")}]`;
}

const plain = /^[A-Za-z0-9_./:-]+$/; // what Hydra's grammar reads as a text without quotes
// and what it reads as another type
const special = /^(?:null|true|false|nan|[+-]?(?:inf|[\d.][\d._]*(?:e[+-]?\d+)?))$/i;

/** Backslashes are doubled where a quotation mark follows, as Hydra's grammar has it. */
function quoted(text: string): string {
  if (text.includes("${"))
    throw new RangeError(
      `verlExport: ${JSON.stringify(text)} holds "\${", which Hydra would replace by the value of a key. Rename it.`,
    );
  return `'${text.replace(/(\\*)('|$)/g, (_, slashes: string, end: string) => `${slashes}${slashes}${end && "\\'"}`)}'`;
}

/** A word of a shell's command line. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
