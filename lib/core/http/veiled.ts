/**
 * `text` without `secrets`, in plain form and in URL encoding: some servers repeat keys and logins in their complaints,
 * and errors and logs must not hold them. Secrets of fewer than `shortest` characters stay, since they may be words of
 * the text.
 */
export const veiled = (text: string, secrets: readonly string[], shortest = 4): string =>
  secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap((secret) => [secret, encodeURIComponent(secret), String(new URLSearchParams({ "": secret })).slice(1)])
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text);

/** The secrets in the headers of a request: the last word of each, which leaves out "Bearer" and "Basic". */
export const headerSecrets = (headers: Readonly<Record<string, string>>): string[] =>
  Object.values(headers)
    .map((value) => value.split(" ").at(-1)!)
    .filter((secret) => secret.length >= 8);
