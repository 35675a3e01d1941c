import type { Rewriter } from "../../core/roles";
import { shown } from "../../core/settings";

/** Systems to compare: a list of rewriters, or rewriters by the names that reports give them. */
export type Systems = readonly Rewriter[] | Readonly<Record<string, Rewriter>>;

/**
 * `systems` as a list, each under its name. Throws TypeError for what cannot rewrite, RangeError for none and for a
 * name that comes twice.
 */
export function namedSystems(systems: Systems): readonly Rewriter[] {
  if (isRewriter(systems))
    throw new TypeError("evaluate: one system is given in place of a list. Write [system], with its brackets.");
  const list = Array.isArray(systems)
    ? (systems as readonly Rewriter[])
    : Object.entries(systems ?? {}).map(([name, system]) => (isRewriter(system) ? renamed(system, name) : system));
  for (const [i, system] of list.entries()) {
    if (!isRewriter(system))
      throw new TypeError(
        `evaluate: system ${Array.isArray(systems) ? i : Object.keys(systems)[i]} has no \`rewrite\`. Make one ` +
          "of a model with rewriter(model, task), or pass originalQuery.",
      );
    if (typeof system.name !== "string" || system.name === "")
      throw new TypeError(`evaluate: system ${i} has ${shown("name", system.name)} as its name; it must be a text.`);
  }
  return distinct("systems", list);
}

const renamed = (system: Rewriter, name: string): Rewriter => ({
  name,
  rewrite: (problems, options) => system.rewrite(problems, options),
  inFlight: system.inFlight,
  ...(system.about && { about: () => system.about!() }),
  ...(system.prompt && { prompt: (problem) => system.prompt!(problem) }),
});

const isRewriter = (system: unknown): system is Rewriter =>
  typeof (system as { rewrite?: unknown } | null)?.rewrite === "function";

/** `named` as it is. Throws RangeError where it is empty or a name comes twice. */
export function distinct<T extends { readonly name: string }>(
  what: "systems" | "metrics",
  named: readonly T[],
): readonly T[] {
  const names = named.map(({ name }) => name);
  if (names.length === 0) throw new RangeError(`evaluate: no ${what}. Pass at least one.`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return named;
  throw new RangeError(
    `evaluate: two ${what} are called "${twice}"; their results could not be told apart. Rename one.`,
  );
}
