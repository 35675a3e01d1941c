/** `javascript` without a last line that names its source map. Takes linear time. */
export function withoutMapLine(javascript: string): string {
  const text = javascript.trimEnd();
  const at = text.indexOf("//# sourceMappingURL=", text.lastIndexOf("\n") + 1);
  return at < 0 ? javascript : `${text.slice(0, text[at - 1] === "\n" ? at - 1 : at)}\n`;
}
