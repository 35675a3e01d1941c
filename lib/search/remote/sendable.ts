/**
 * A query that servers accept. Control characters, which servers refuse, become spaces. Half a surrogate pair, which
 * has no UTF-8, is left out. Everything else stays as typed, right-to-left text too.
 */
export function sendable(query: string): { readonly text: string; readonly warnings: readonly string[] } {
  const clean = query
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "")
    .replace(/[\x00-\x08\x0e-\x1f\x7f-\x9f]/g, " ");
  const warnings = clean === query ? [] : ["characters that cannot be sent were left out"];
  return { text: clean.replace(/\s+/g, " ").trim(), warnings };
}
