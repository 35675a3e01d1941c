import type { Backend } from "../choose";
import { availableMemory } from "../memory";
import type { CardReport } from "../native/no-card";

/** One thing that was looked at; `fix` says what to do where it is not right. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly fix?: string;
}

/** Variables that choose what computes. */
const own = /^DEEPRETRIEVAL_(BACKEND|NATIVE|PRECISION|SIMD|CACHE)$/;
const others = /^(CUDA_VISIBLE_DEVICES|CUDA_DEVICE_ORDER|TF_FORCE_.*|NVIDIA_TF32_.*)$/;

/** The variables of the environment that choose what computes, by name. */
export const computingSettings = (env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(env)
      .filter(
        (entry): entry is [string, string] => (own.test(entry[0]) || others.test(entry[0])) && entry[1] !== undefined,
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/**
 * What computes and on what, what keeps it from computing faster, and what the settings are. What is slow is not right
 * unless the settings ask for it.
 *
 * @param backend in use, or why none can be used
 * @param report on the cards of this machine; undefined where there is none
 */
export const findingsOf = (
  backend: Backend | Error,
  report: CardReport | undefined,
  set: Readonly<Record<string, string>>,
): Finding[] => [
  ...(backend instanceof Error ? [refused(backend)] : ofBackend(backend, set)),
  ofCard(backend, report, set),
  ...Object.entries(set).map(([name, value]) => ({ what: `${name} is ${JSON.stringify(value)}`, ok: true })),
];

const bare = (sentence: string): string => sentence.replace(/\.$/, "");
const refused = ({ message }: Error): Finding => ({ what: `nothing computes: ${bare(message)}`, ok: false });

function ofBackend(backend: Backend, set: Readonly<Record<string, string>>): Finding[] {
  const { name, version, device, precision = "f32", vectors, noCard, why } = backend;
  const place =
    device === "gpu" ? `the card, in ${precision}` : `the processor${vectors ? `, by ${vectors} vectors` : ""}`;
  const free = availableMemory(backend);
  const isWanted = name === "native" || set["DEEPRETRIEVAL_NATIVE"] === "off" || Boolean(set["DEEPRETRIEVAL_BACKEND"]);
  return [
    { what: `${name} (${version}) computes on ${place}`, ok: true },
    ...(free === undefined ? [] : [{ what: `${(free / 1e9).toFixed(1)} GB are free there`, ok: true }]),
    ...why
      .filter((sentence) => noCard === undefined || !sentence.includes(noCard)) // which is said of the card
      .map((sentence) => ({ what: bare(sentence), ok: isWanted })),
  ];
}

function ofCard(
  backend: Backend | Error,
  report: CardReport | undefined,
  set: Readonly<Record<string, string>>,
): Finding {
  const [isAsked, isRefused] = [
    set["DEEPRETRIEVAL_NATIVE"] === "cuda",
    ["cpu", "off"].includes(set["DEEPRETRIEVAL_NATIVE"] ?? ""),
  ];
  const { problem, driver, smi } = report ?? {};
  const { device, noCard } = backend instanceof Error ? ({} as Partial<Backend>) : backend;
  const cards = (driver?.cards?.length ? driver.cards : smi?.cards) ?? [];
  const named = cards
    .map(({ name, capability }) => `${name ?? "a card"}${capability ? ` (compute capability ${capability})` : ""}`)
    .join(", ");
  if (device === "gpu")
    return { what: `the last of the visible cards is used: ${named || "of unknown name"}`, ok: true };
  if (problem) {
    const isHarmless = isRefused || (!isAsked && ["noDriver", "hidden"].includes(problem.kind));
    return { what: `no card is used: ${problem.what}`, ok: isHarmless, fix: `To use one, ${problem.fix}.` };
  }
  if (isRefused)
    return { what: `no card is used, as DEEPRETRIEVAL_NATIVE is ${set["DEEPRETRIEVAL_NATIVE"]}`, ok: true };
  if (noCard) return { what: `no card is used: ${bare(noCard)}`, ok: false };
  if (cards.length === 0 && !isAsked) return { what: "no card is used: none was found", ok: true };
  return {
    what: `${named || "a card"} is not used: what set-up has built is not for cards`,
    ok: false,
    fix: "Run `node lib/setup/main.js`.",
  };
}
