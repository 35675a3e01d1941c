import { execFileSync } from "node:child_process";

/** Set-up is not compiled: this path leads to lib/setup from this folder and from its counterpart in dist. */
const visibleCards = () =>
  (require("../../../lib/setup/native/card/visible.js") as { visibleCards: VisibleCards }).visibleCards;
type VisibleCards = <C extends { readonly uuid?: string }>(
  cards: readonly C[],
  value: string | undefined,
) => readonly C[] | undefined;

const query = ["--query-gpu=memory.free,uuid", "--format=csv,noheader,nounits"];

/**
 * Bytes that are free on the graphics card that native TensorFlow uses: the last one that it may see. nvidia-smi counts
 * all cards, in the order that the loader asks CUDA for too. Undefined where it cannot be known, as where the card is
 * not NVIDIA's: the card then reports when it is full.
 */
export function cardMemory(env: NodeJS.ProcessEnv = process.env): number | undefined {
  let text: string;
  try {
    text = execFileSync("nvidia-smi", query, {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
  } catch {
    return undefined; // nvidia-smi is not here, or says nothing
  }
  const cards = text.split("\n").flatMap((line) => {
    const [free = "", uuid = ""] = line.split(",").map((part) => part.trim());
    return uuid === "" && free === "" ? [] : [{ free: Number.parseFloat(free), uuid }];
  });
  const free = visibleCards()(cards, env["CUDA_VISIBLE_DEVICES"])?.at(-1)?.free;
  return free === undefined || Number.isNaN(free) ? undefined : free * 2 ** 20;
}
