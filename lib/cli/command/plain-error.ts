/** Errors of the library as somebody at a command line can use them: in terms of options, not of arguments in code. */

/** Options whose names in code are others. */
const aliases: readonly (readonly [pattern: RegExp, option: string])[] = [
  [/\{ frozen: "bf16" \}/g, "--bf16"],
  [/\bcontentsPrefix\b/g, "--contents"],
  [/\boffline(?= is set)/g, "--offline"],
  [/\{ resident: false \}/g, "--on-disk"],
];

/** Whether an error says by itself what is wrong: a stack would add nothing for whoever typed the command. */
export function saysItAll(error: Error & { readonly code?: string; readonly kind?: string }): boolean {
  const { name, message, code, kind } = error;
  if (
    kind === "refused setting" ||
    [
      "UsageError",
      "BackendFailed",
      "CardLost",
      "CorruptData",
      "DeviceFailed",
      "SearchUnavailable",
      "JobFailed",
      "Interrupted",
      "KernelDied",
      "NoJupyterLab",
    ].includes(name) ||
    /^E[A-Z]+$/.test(code ?? "")
  )
    return true;
  // ours begin with what was called; V8's do not
  return (name === "RangeError" || name === "TypeError") && callee.test(message);
}

const callee = /^[a-z]\w*: /;

/**
 * The message of a library error, with the names of `options` ("max-tokens") in the place of arguments ("maxTokens").
 */
export function inOptions({ name, message }: Error, options: readonly string[]): string {
  const bare = name === "RangeError" || name === "TypeError" ? message.replace(callee, "") : message;
  const renamed = aliases
    .filter(([, option]) => options.includes(option.slice(2)))
    .reduce((text, [pattern, option]) => text.replace(pattern, option), bare);
  return options.reduce((text, option) => {
    const argument = option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const inBraces = text.replace(
      new RegExp(`\\{ ${argument}(?:: ("?)([^"{}]*)\\1)? \\}`, "g"),
      (_, __, value: string | undefined) =>
        value === undefined || value === "true" || value === "…" ? `--${option}` : `--${option} ${value}`,
    );
    return argument === option ? inBraces : inBraces.replace(new RegExp(`\\b${argument}\\b`, "g"), `--${option}`);
  }, renamed);
}
