/**
 * The object that a JSON text holds, or undefined where it holds none. NCBI leaves raw line feeds in strings, which
 * strict JSON forbids: they are read as spaces.
 */
export const looseJson = (text: string): Readonly<Record<string, unknown>> | undefined =>
  parsed(text) ?? parsed(text.replace(/[\x00-\x1f]/g, " "));

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined; // the caller says what the text was instead
  }
}

/** `value` if it is an object and no array. */
export const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;

/** The texts of a list; numbers count as texts, anything else as nothing. */
export const asTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string" || typeof each === "number").map(String) : [];
