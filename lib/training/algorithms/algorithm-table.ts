import { loopDefaults } from "../loop/loop-config";
import { profiles, type FrameworkName } from "../profiles/profiles";
import { servedRefusal } from "../served/expect-trains";
import type { Algorithm } from "./algorithm";
import { everyAlgorithm, leftOut } from "./every-algorithm";

/** One algorithm, as a row of a frame. All values are texts. */
export interface AlgorithmRow {
  readonly algorithm: string; // how it is called
  readonly verl: string; // what verl calls it; "" where it has no name there
  readonly needs: string; // the models besides the policy, and the responses to a prompt
  readonly verlProfile: string; // the settings under the profile of verl, which is usual
  readonly deepretrieval: string; // those that are others under this profile, or why the two do not go together
  readonly trl: string;
  readonly openrlhf: string;
  readonly server: string; // "yes", or why a policy on a server of the Tinker API is not trained by it
}

/**
 * Every algorithm of the library: what it needs, what each profile changes in it, and whether a policy on a server can
 * be trained by it. The rows are made from the records that training reads. `show(table(algorithmTable()))`
 */
export function algorithmTable(): AlgorithmRow[] {
  return everyAlgorithm.map(({ call, verl, make }) => {
    const usual = make("verl");
    const settings = settingsOf(usual);
    const under = (profile: FrameworkName): string => {
      const others = settingsOf(make(profile));
      const names = [...new Set([...Object.keys(settings), ...Object.keys(others)])];
      const changed = names.filter((name) => others[name] !== settings[name]);
      return changed.map((name) => `${name} ${others[name] ?? "none"}`).join(", ") || "the same";
    };
    return {
      algorithm: call,
      verl,
      needs: needsOf(usual),
      verlProfile: Object.entries(settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
      deepretrieval: under("deepretrieval"),
      trl: under("trl"),
      openrlhf: under("openrlhf"),
      server: serverOf(usual),
    };
  });
}

/** The server's answer. An entropy bonus alone is a setting, not the algorithm. */
const serverOf = (algorithm: Algorithm): string => {
  const why = servedRefusal({ ...algorithm, entropyCoefficient: 0 }, loopDefaults);
  return why === undefined ? "yes" : `no: ${why}`;
};

const needsOf = ({ critic, kl, teacher, greedy, group, rounds }: Algorithm): string =>
  [
    group === 1 ? "1 response" : `${group} responses`,
    ...(greedy ? ["a greedy response"] : []),
    ...(rounds ? [`up to ${rounds} rounds of prompts`] : []),
    ...(critic ? ["a critic"] : []),
    ...(kl ? ["a reference policy"] : []),
    ...(teacher ? ["a teacher"] : []),
  ].join(", ");

/** The settings that profiles decide, as texts: those of the loss, of the KL penalty and of the advantages. */
function settingsOf({
  lossOptions,
  kl,
  critic,
  choices,
  conventions = {},
}: Algorithm): Readonly<Record<string, string>> {
  const { clip, clipHigh, dualClip, ratioBound = 20, mode = "token-mean" } = lossOptions;
  const read = (name: string, value: unknown) => (name in choices ? { [name]: shown(value) } : {});
  const { bounds } = kl ?? {};
  return {
    ...read("clip", clip),
    ...(clipHigh !== clip && read("clipHigh", clipHigh)),
    ...read("dualClip", dualClip),
    ...(critic && read("valueClip", critic.valueClip)),
    ...("ratioBound" in lossOptions && { ratioBound: shown(ratioBound) }),
    aggregation: mode,
    ...(kl && { kl: `${kl.kind} in the ${kl.place}` }),
    ...(bounds && {
      klBounds: `${shown(bounds.ratio)}/${shown(bounds.value)}${bounds.everyKind ? " of every kind" : ""}`,
    }),
    ...Object.fromEntries(Object.entries(conventions).map(([name, value]) => [name, shown(value)])),
  };
}

function shown(value: unknown): string {
  if (value === Infinity) return "none";
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).map(shown).join(" ");
}

/** The table, and what other frameworks have besides, in Markdown. */
export function algorithmsMarkdown(): string {
  const rows = algorithmTable();
  const names = Object.keys(rows[0]!) as (keyof AlgorithmRow)[];
  const titles: Readonly<Record<keyof AlgorithmRow, string>> = {
    algorithm: "Algorithm",
    verl: "In verl",
    needs: "Needs",
    verlProfile: 'profile: "verl"',
    deepretrieval: 'profile: "deepretrieval" changes',
    trl: 'profile: "trl" changes',
    openrlhf: 'profile: "openrlhf" changes',
    server: "On a Tinker server",
  };
  const versions = Object.values(profiles).map(({ name, version }) => `${name} (${version})`);
  return [
    "# Algorithms",
    "",
    "This page is written from the records that training reads; a test compares the two. In a notebook:",
    "`show(table(algorithmTable()))`.",
    "",
    `The profiles are ${versions.join(", ")}. A setting that a caller gives stands above that of its profile.`,
    "",
    line(names.map((name) => titles[name])),
    line(names.map(() => "---")),
    ...rows.map((row) => line(names.map((name) => (name === "algorithm" ? `\`${row.algorithm}\`` : row[name])))),
    "",
    "## Not here",
    "",
    line(["Name", "From", "Why"]),
    line(["---", "---", "---"]),
    ...leftOut.map(({ name, from, why }) => line([name, from, why])),
    "",
  ].join("\n");
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
