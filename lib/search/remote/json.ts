/**
 * The object in a JSON text; undefined if it holds none. NCBI leaves raw line feeds in strings, which strict JSON
 * forbids. They are read as spaces.
 */
export const looseJson = (text: string): Readonly<Record<string, unknown>> | undefined =>
  parsed(text) ?? parsed(text.replace(/[\x00-\x1f]/g, " "));

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined; // the caller reports the text
  }
}

/** `value` if it is an object and no array; else undefined. */
export const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;

/** The texts of a list. A number counts as a text; any other value is left out. */
export const asTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string" || typeof each === "number").map(String) : [];
