/** The object a JSON text holds; undefined where there is none. NCBI leaves raw line feeds in strings, which strict JSON forbids: they are read as spaces. */
export function looseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  for (const attempt of [text, text.replace(/[\x00-\x1f]/g, " ")]) {
    try {
      return asObject(JSON.parse(attempt));
    } catch {}
  }
  return undefined;
}

/** `value` if it is an object and no array. */
export const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;

/** The texts of a list; numbers count as texts, anything else as nothing. */
export const asTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string" || typeof each === "number").map(String) : [];
